using System.Collections.Concurrent;

namespace Nbpy.Publishers.Live;

/// <summary>A live feed's phase with its reason, and its counters. Written by the feed, read by anyone; thread-safe.</summary>
public sealed class FeedStatus
{
    private readonly ConcurrentDictionary<string, long> counters = new(StringComparer.Ordinal);
    private volatile Snapshot snapshot = new(FeedPhase.Connecting, "not connected yet");

    /// <summary>Phase and reason, as one consistent pair. The reason never holds a credential.</summary>
    public Snapshot Current => snapshot;

    /// <summary>Counters by name (see <see cref="FeedCounters"/>).</summary>
    public IReadOnlyDictionary<string, long> Counters => new Dictionary<string, long>(counters, StringComparer.Ordinal);

    /// <summary>Raised on every change of phase, on the feed's thread.</summary>
    public event Action<Snapshot>? Changed;

    /// <summary>Notes a phase. A change of the reason alone is shown, and raises no event.</summary>
    public void Enter(FeedPhase phase, string reason)
    {
        var before = snapshot;
        var now = new Snapshot(phase, reason);
        snapshot = now;
        if (before.Phase != phase)
            Changed?.Invoke(now);
    }

    /// <summary>Adds to a counter.</summary>
    public void Count(string counter, long by = 1) => counters.AddOrUpdate(counter, by, (_, value) => value + by);

    /// <summary>Sets a counter that is a level, not a sum (clock skew, for one).</summary>
    public void Set(string counter, long value) => counters[counter] = value;

    /// <param name="Phase">Where the feed stands.</param>
    /// <param name="Reason">Why, in a few words.</param>
    public sealed record Snapshot(FeedPhase Phase, string Reason);
}

/// <summary>Names of a live feed's counters.</summary>
public static class FeedCounters
{
    /// <summary>Connections opened after the first.</summary>
    public const string Reconnects = "reconnects";

    /// <summary>Attempts to connect that failed before there was a connection (the end of one that stood is none).</summary>
    public const string ConnectFailures = "connect_failures";

    /// <summary>Messages of a kind the decoder does not know.</summary>
    public const string Unknown = "unknown_messages";

    /// <summary>Messages that cannot be decoded.</summary>
    public const string Undecodable = "undecodable_messages";

    /// <summary>Messages dropped because they repeat what was published.</summary>
    public const string Repeated = "repeated_messages";

    /// <summary>Messages dropped at a bounded queue (only where the newest is all that counts).</summary>
    public const string Dropped = "dropped_messages";

    /// <summary>Messages that somebody else asked for on the same account (X's rules).</summary>
    public const string Unwanted = "unwanted_messages";

    /// <summary>Books rebuilt from a snapshot because a checksum or a sequence did not fit.</summary>
    public const string Resyncs = "resyncs";

    /// <summary>Messages that were missed while there was no connection, and fetched afterwards.</summary>
    public const string Backfilled = "backfilled_messages";

    /// <summary>Subscriptions that the venue refuses just now (a level).</summary>
    public const string RefusedSubscriptions = "refused_subscriptions";

    /// <summary>Local clock minus the venue's, smoothed, in ms.</summary>
    public const string ClockSkewMs = "clock_skew_ms";
}
