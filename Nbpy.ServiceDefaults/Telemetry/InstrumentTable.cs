namespace Nbpy.ServiceDefaults.Telemetry;

/// <summary>What a service's counter is called as a metric.</summary>
/// <param name="Counter">The counter's name in <see cref="IService.Counters"/>.</param>
/// <param name="Name">The instrument's name. Once released it stays: boards and alerts are built on it.</param>
/// <param name="Unit">UCUM.</param>
/// <param name="Description">What it counts.</param>
/// <param name="IsLevel">True: it rises and falls. False: it only rises while the service runs.</param>
public sealed record InstrumentDefinition(string Counter, string Name, string Unit, string Description, bool IsLevel = false);

/// <summary>The one place where counters get their metric names; <c>docs/telemetry.md</c> shows it. A counter that is not here is published by
/// <see cref="Other"/>, under its own name as an attribute, so that nothing a service counts is out of sight.</summary>
public static class InstrumentTable
{
    /// <summary>The meter of all of the project's instruments, whichever room records them.</summary>
    public const string Meter = "Nbpy";

    /// <summary>Counters that have no name of their own; attribute <c>nbpy.counter</c>.</summary>
    public const string Other = "nbpy.service.counter";

    /// <summary>1 while the service does its work, 0 while it does not.</summary>
    public const string Health = "nbpy.service.healthy";

    private const string Messages = "{message}";
    private const string Bytes = "By";

    /// <summary>Every named instrument.</summary>
    public static IReadOnlyList<InstrumentDefinition> All { get; } =
    [
        new(CounterNames.Published, "nbpy.messages.published", Messages, "Messages sent by the publisher."),
        new(CounterNames.Received, "nbpy.messages.received", Messages, "Messages received by the subscriber."),
        new(CounterNames.Stored, "nbpy.messages.stored", Messages, "Messages that the store has taken."),
        new(CounterNames.Filtered, "nbpy.messages.filtered", Messages, "Messages that the data filter's rules kept back."),
        new(CounterNames.DeadLettered, "nbpy.messages.dead_lettered", Messages, "Messages that the store rejected as bad; they are in the dead-letter file."),
        new(CounterNames.Unstorable, "nbpy.messages.unstorable", Messages, "Messages without any field of the measurement."),
        new(CounterNames.Malformed, "nbpy.messages.malformed", Messages, "Payloads that are not what the message contract says."),
        new(CounterNames.Failed, "nbpy.messages.failed", Messages, "Messages that the subscriber's own code failed on."),
        new(CounterNames.Foreign, "nbpy.messages.foreign", Messages, "Messages of another topic that begins as the subscriber's does."),
        new(CounterNames.NonFinite, "nbpy.values.non_finite", "{value}", "Values that the store cannot hold (NaN, infinities), left out of their points."),
        new(CounterNames.Duplicates, "nbpy.messages.duplicate", Messages, "Messages that came a second time."),
        new(CounterNames.Late, "nbpy.messages.before_join", Messages, "Messages published before the subscriber joined."),
        new(CounterNames.Missing, "nbpy.messages.missing", Messages, "Messages that did not arrive when their successor did."),
        new("repaired", "nbpy.messages.repaired", Messages, "Missing messages that the publisher's replay has brought."),
        new("lost", "nbpy.messages.lost", Messages, "Missing messages that nothing can bring any more."),
        new(CounterNames.EarlierRuns, "nbpy.messages.earlier_runs", Messages, "Messages of an earlier run, found in the spool or fetched from a publisher's ring."),
        new(CounterNames.Pending, "nbpy.messages.pending", Messages, "Messages received and not yet stored.", IsLevel: true),
        new(CounterNames.Spooled, "nbpy.messages.spooled", Messages, "Messages in the spool on disk, to be stored.", IsLevel: true),
        new("gaps", "nbpy.gaps", "{gap}", "Ranges missing in the sequence of a topic."),
        new("bytes", "nbpy.bytes.published", Bytes, "Bytes of the payloads sent."),
        new("bytes_received", "nbpy.bytes.received", Bytes, "Bytes of the payloads received."),
        new("bytes_stored", "nbpy.bytes.stored", Bytes, "Bytes of line protocol that the store has taken."),
        new("spool_bytes", "nbpy.spool.bytes", Bytes, "Bytes on disk that wait for the store.", IsLevel: true),
        new("batches", "nbpy.batches", "{batch}", "Write requests sent to the store."),
        new("retries", "nbpy.batches.retried", "{batch}", "Write requests repeated because the store did not take them."),
        new("subscriptions", "nbpy.subscriptions", "{subscription}", "Subscriptions that the publisher's socket sees.", IsLevel: true),
        new("reconnects", "nbpy.feed.reconnects", "{connection}", "Connections to the venue after the first."),
        new("connect_failures", "nbpy.feed.connect_failures", "{attempt}", "Attempts to connect to the venue that failed."),
        new("resyncs", "nbpy.feed.resyncs", "{book}", "Books built anew because a checksum or a sequence did not fit."),
        new("unknown_messages", "nbpy.feed.unknown", Messages, "Venue messages of a kind that the decoder does not know."),
        new("undecodable_messages", "nbpy.feed.undecodable", Messages, "Venue messages that cannot be decoded."),
        new("repeated_messages", "nbpy.feed.repeated", Messages, "Venue messages left out because they repeat what was published."),
        new("dropped_messages", "nbpy.feed.dropped", Messages, "Venue messages dropped at a bounded queue where only the newest counts."),
        new("store_writes", "nbpy.store.writes", "{request}", "Write requests that the embedded store has taken."),
        new("store_writes_failed", "nbpy.store.writes_failed", "{request}", "Write requests that the embedded store did not take."),
        new("store_queries", "nbpy.store.queries", "{request}", "Query requests to the embedded store."),
        new("store_server_errors", "nbpy.store.server_errors", "{request}", "Requests that the embedded store failed on."),
        new("store_auth_failures", "nbpy.store.auth_failures", "{request}", "Requests to the embedded store with a wrong password, or with none."),
        new("clock_skew_ms", "nbpy.feed.clock_skew", "ms", "The local clock minus the venue's, smoothed.", IsLevel: true),
    ];
}
