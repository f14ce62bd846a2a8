using Nbpy.Influx.Spooling;

namespace Nbpy.Influx;

/// <summary>A batch writer's bounds.</summary>
public sealed record BatchWriterOptions
{
    /// <summary>Null is the database's default policy.</summary>
    public string? RetentionPolicy { get; init; }

    /// <summary>Most points in one request.</summary>
    public int BatchSize { get; init; } = 5_000;

    /// <summary>Most requests in flight. A second one goes only when a whole batch has gathered behind the first.</summary>
    public int MaxInFlight { get; init; } = 4;

    /// <summary>Most bytes waiting in memory. At the bound <see cref="BatchWriter.TryAdd"/> refuses: nothing is dropped here.</summary>
    public int MaxPendingBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Bytes waiting in memory from which batches go to the spool beside the requests in flight: a store that answers, but more
    /// slowly than messages come. Less than what a publisher's ring holds (8 MiB), so that a kill then still loses nothing.</summary>
    public int SpoolFromBytes { get; init; } = 6 * 1024 * 1024;

    /// <summary>Where points that the store rejects go, one JSON object a line with the reason; null: only counted and logged.</summary>
    public string? DeadLetterPath { get; init; }

    /// <summary>Bytes from which that file begins anew: it becomes <c>….old</c>, in place of the one before.</summary>
    public long DeadLetterBytes { get; init; } = 64 << 20;

    /// <summary>Where batches go while the store is away; null: they wait in memory.</summary>
    public SpoolOptions? Spool { get; init; }

    /// <summary>Time between tries while the store refuses (a missing database, a wrong password).</summary>
    public TimeSpan RefusedWait { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>What an earlier run of the same service is known to have done, so that its counters go on.</summary>
    public WriterProgress? Before { get; init; }
}

/// <summary>What a batch writer does now.</summary>
public enum BatchWriterState
{
    /// <summary>The last request was answered as it should be.</summary>
    Ready,

    /// <summary>The store does not answer; batches go to the spool (or wait), and it is tried again.</summary>
    Retrying,

    /// <summary>The store refuses what is written; trying again, slowly, until somebody mends it.</summary>
    Refused,
}

/// <summary>How far a batch writer has got, consistent in itself: written together with the checkpoint.</summary>
/// <param name="Epoch">Epoch of the last message that is done with; 0 when none is.</param>
/// <param name="Sequence">Its sequence number: that message and all before it are stored, spooled, dead-lettered or named as lost.</param>
/// <param name="Acknowledged">Lines done with so far: stored, held by the spool, or dead-lettered.</param>
/// <param name="DeadLettered">Lines of those that the store rejected.</param>
/// <param name="Lost">Lines that the spool lost.</param>
public sealed record WriterProgress(ulong Epoch, ulong Sequence, long Acknowledged, long DeadLettered, long Lost);

/// <summary>What a batch writer has done since it was made, in points.</summary>
/// <param name="Accepted">Taken.</param>
/// <param name="Stored">Stored, as the store said.</param>
/// <param name="DeadLettered">Rejected by the store.</param>
/// <param name="Spooled">On disk, to be stored.</param>
/// <param name="SpooledBytes">Bytes of the spool.</param>
/// <param name="Lost">Lost by the spool: dropped at its cap, or damaged.</param>
/// <param name="Pending">Taken, and in memory.</param>
/// <param name="Batches">Requests.</param>
/// <param name="Retries">Requests that were not answered as they should be.</param>
/// <param name="LastError">The store's last reason; null when there was none.</param>
public sealed record BatchWriterCounters(
    long Accepted, long Stored, long DeadLettered, long Spooled, long SpooledBytes, long Lost, long Pending, long Batches, long Retries, string? LastError);
