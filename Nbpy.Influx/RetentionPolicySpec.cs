namespace Nbpy.Influx;

/// <summary>A retention policy as it should be. Durations in InfluxDB's spelling (<c>30d</c>, <c>INF</c>).</summary>
public sealed record RetentionPolicySpec(string Name, string Duration, string? ShardDuration, int Replication, bool IsDefault);

/// <summary>A policy as the store has it. Durations in Go's spelling (<c>720h0m0s</c>; <c>0s</c> is infinite).</summary>
public sealed record RetentionPolicyState(string Name, string Duration, string ShardGroupDuration, int Replication, bool IsDefault);

/// <summary>What set-up did with one thing.</summary>
public sealed record SetupStep(string What, string Action);

/// <summary>What a clean-up did with one measurement.</summary>
/// <param name="Measurement">Its name.</param>
/// <param name="Points">Points dropped.</param>
/// <param name="OlderThanNs">Everything before this time went, ns since the Unix epoch.</param>
/// <param name="Kept">Why older points of one of its policies stay; null when none do.</param>
public sealed record CleanupStep(string Measurement, long Points, long OlderThanNs, string? Kept = null);

/// <summary>Points of one measurement in one policy.</summary>
/// <param name="Policy">The policy.</param>
/// <param name="Measurement">The measurement.</param>
/// <param name="Points">Points: of each series those of its fullest field.</param>
/// <param name="Series">Series that have points.</param>
/// <param name="OldestNs">ns since the Unix epoch.</param>
/// <param name="NewestNs">ns since the Unix epoch.</param>
/// <param name="PolicyShards">Shards of the policy, over all its measurements; null where the store does not say.</param>
/// <param name="PolicyDiskBytes">Bytes of those on disk; null where the store does not say.</param>
public sealed record MeasurementStats(
    string Policy, string Measurement, long Points, long Series, long? OldestNs, long? NewestNs, long? PolicyShards = null, long? PolicyDiskBytes = null);
