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
public sealed record CleanupStep(string Measurement, long Points, long OlderThanNs);

/// <summary>Points of one measurement in one policy.</summary>
public sealed record MeasurementStats(string Policy, string Measurement, long Points, long Series, long? OldestNs, long? NewestNs);
