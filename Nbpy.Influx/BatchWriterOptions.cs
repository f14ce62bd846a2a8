namespace Nbpy.Influx;

/// <summary>A batch writer's bounds.</summary>
public sealed record BatchWriterOptions
{
    /// <summary>Null is the database's default policy.</summary>
    public string? RetentionPolicy { get; init; }

    /// <summary>Most points in one request.</summary>
    public int BatchSize { get; init; } = 5_000;

    /// <summary>Most bytes waiting. At the bound <see cref="BatchWriter.TryAdd"/> refuses: nothing is dropped here.</summary>
    public int MaxPendingBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Where points that the store rejects go, one JSON object a line with the reason; null: only counted and logged.</summary>
    public string? DeadLetterPath { get; init; }

    /// <summary>Seconds between tries while the store refuses (a missing database, a wrong password).</summary>
    public TimeSpan RefusedWait { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>What a batch writer does now.</summary>
public enum BatchWriterState
{
    /// <summary>The last request was answered as it should be.</summary>
    Ready,

    /// <summary>The store does not answer; trying again.</summary>
    Retrying,

    /// <summary>The store refuses what is written; trying again, slowly, until somebody mends it.</summary>
    Refused,
}

/// <summary>What a batch writer has done since it was made, in points.</summary>
public sealed record BatchWriterCounters(long Accepted, long Stored, long DeadLettered, long Batches, long Retries, string? LastError)
{
    /// <summary>Accepted and neither stored nor dead-lettered yet.</summary>
    public long Pending => Accepted - Stored - DeadLettered;
}
