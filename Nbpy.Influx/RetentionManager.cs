using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Nbpy.Influx;

/// <summary>Makes and reports database and retention policies. Every call is idempotent.</summary>
public sealed class RetentionManager(InfluxClient client, TimeProvider time)
{
    private static readonly TimeSpan ReadyWait = TimeSpan.FromSeconds(30);

    /// <summary>Makes the database and its policies: created, altered where different, or left.</summary>
    /// <exception cref="InfluxException">The store is not there within 30 s, or refuses.</exception>
    public async Task<IReadOnlyList<SetupStep>> CreateAsync(IReadOnlyList<RetentionPolicySpec> policies, CancellationToken cancellationToken)
    {
        await WaitUntilReadyAsync(cancellationToken).ConfigureAwait(false);
        var steps = new List<SetupStep>();
        var database = client.Options.Database;
        var databases = await client.QueryAsync("SHOW DATABASES", cancellationToken).ConfigureAwait(false);
        var exists = databases.Series.SelectMany(s => s.Rows).Any(r => r[0].GetString() == database);
        if (!exists)
            await client.QueryAsync($"CREATE DATABASE {Quote(database)}", cancellationToken, post: true).ConfigureAwait(false);
        steps.Add(new SetupStep($"database {database}", exists ? "unchanged" : "created"));

        var present = (await ListAsync(cancellationToken).ConfigureAwait(false)).ToDictionary(p => p.Name);
        foreach (var policy in policies)
        {
            var action = !present.TryGetValue(policy.Name, out var state) ? "created" : Matches(policy, state) ? "unchanged" : "altered";
            if (action != "unchanged")
                await client.QueryAsync(Statement(action == "created" ? "CREATE" : "ALTER", policy), cancellationToken, post: true).ConfigureAwait(false);
            steps.Add(new SetupStep($"retention policy {policy.Name} ({policy.Duration})", action));
        }

        return steps;
    }

    /// <summary>The policies of the database.</summary>
    public async Task<IReadOnlyList<RetentionPolicyState>> ListAsync(CancellationToken cancellationToken)
    {
        var result = await client.QueryAsync($"SHOW RETENTION POLICIES ON {Quote(client.Options.Database)}", cancellationToken).ConfigureAwait(false);
        return [.. result.Series.SelectMany(s => s.Rows).Select(r => new RetentionPolicyState(
            r[0].GetString()!, r[1].GetString()!, r[2].GetString()!, r[3].GetInt32(), r[4].GetBoolean()))];
    }

    /// <summary>Per policy and measurement: points, series, oldest and newest; and the policy's shards and bytes on disk.</summary>
    public async Task<IReadOnlyList<MeasurementStats>> StatsAsync(IEnumerable<string> measurements, CancellationToken cancellationToken)
    {
        var stats = new List<MeasurementStats>();
        var names = measurements.ToList();
        var shards = await ShardsAsync(cancellationToken).ConfigureAwait(false);
        var bytes = await DiskBytesAsync(cancellationToken).ConfigureAwait(false);
        foreach (var policy in await ListAsync(cancellationToken).ConfigureAwait(false))
            foreach (var name in names)
                if (await StatsAsync(policy.Name, name, cancellationToken).ConfigureAwait(false) is { } one)
                    stats.Add(one with { PolicyShards = shards?.GetValueOrDefault(policy.Name), PolicyDiskBytes = bytes?.GetValueOrDefault(policy.Name) });
        return stats;
    }

    /// <summary>Drops what is past its policy now, where the store's own enforcement (by whole shards) has not yet. InfluxDB's DELETE goes over
    /// all policies, so a measurement that is in several keeps what the longest of them keeps, and the step says so.</summary>
    public async Task<IReadOnlyList<CleanupStep>> CleanupAsync(IEnumerable<string> measurements, CancellationToken cancellationToken)
    {
        var policies = await ListAsync(cancellationToken).ConfigureAwait(false);
        var now = (time.GetUtcNow().UtcTicks - DateTime.UnixEpoch.Ticks) * 100;
        var steps = new List<CleanupStep>();
        foreach (var name in measurements)
        {
            var held = new List<(string Policy, double Seconds)>();
            foreach (var policy in policies)
                if (await StatsAsync(policy.Name, name, cancellationToken).ConfigureAwait(false) is not null)
                    held.Add((policy.Name, Seconds(policy.Duration)));
            if (held.Count == 0)
                continue;
            // 0 is for ever.
            var longest = held.MaxBy(h => h.Seconds == 0 ? double.MaxValue : h.Seconds);
            var kept = held.Any(h => h.Seconds != longest.Seconds)
                ? $"kept as long as {longest.Policy} keeps it: a DELETE goes over all its policies ({string.Join(", ", held.Select(h => h.Policy))})" : null;
            if (longest.Seconds == 0)
            {
                steps.Add(new CleanupStep(name, 0, long.MinValue, kept ?? $"{longest.Policy} keeps it for ever"));
                continue;
            }

            var before = now - (long)(longest.Seconds * 1e9);
            long points = 0;
            foreach (var (policy, _) in held)
                points += (await CountAsync(policy, name, before, cancellationToken).ConfigureAwait(false)).Points;
            if (points > 0)
                await client.QueryAsync(string.Create(CultureInfo.InvariantCulture, $"DELETE FROM {Quote(name)} WHERE time < {before}"), cancellationToken, post: true).ConfigureAwait(false);
            steps.Add(new CleanupStep(name, points, before, kept));
        }

        return steps;
    }

    /// <summary>Shards by policy; null where the store has no such statement.</summary>
    private async Task<Dictionary<string, long>?> ShardsAsync(CancellationToken cancellationToken)
    {
        try
        {
            var answer = await client.QueryAsync("SHOW SHARDS", cancellationToken).ConfigureAwait(false);
            return answer.Series.Where(s => s.Name == client.Options.Database).SelectMany(s => s.Rows.Select(r => r[s.Column("retention_policy")].GetString()!))
                .CountBy(p => p).ToDictionary(p => p.Key, p => (long)p.Value);
        }
        catch (InfluxException)
        {
            return null;
        }
    }

    /// <summary>Bytes on disk by policy, from the server's statistics of its shards; null where it keeps none.</summary>
    private async Task<Dictionary<string, long>?> DiskBytesAsync(CancellationToken cancellationToken)
    {
        try
        {
            var answer = await client.QueryAsync("SHOW STATS FOR 'shard'", cancellationToken).ConfigureAwait(false);
            var bytes = new Dictionary<string, long>();
            foreach (var shard in answer.Series.Where(s => s.Tags.GetValueOrDefault("database") == client.Options.Database && s.Column("diskBytes") >= 0))
            {
                var policy = shard.Tags["retentionPolicy"];
                bytes[policy] = bytes.GetValueOrDefault(policy) + shard.Rows[0][shard.Column("diskBytes")].GetInt64();
            }

            return bytes.Count == 0 ? null : bytes;
        }
        catch (InfluxException)
        {
            return null;
        }
    }

    /// <summary>Points, of each series those of its fullest field, and series.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="measurement">The measurement.</param>
    /// <param name="before">Only those before this time, ns since the Unix epoch; null: all.</param>
    /// <param name="cancellationToken">Ends it.</param>
    private async Task<(long Points, long Series)> CountAsync(string policy, string measurement, long? before, CancellationToken cancellationToken)
    {
        var where = before is null ? "" : string.Create(CultureInfo.InvariantCulture, $"WHERE time < {before} ");
        var counts = await client.QueryAsync($"SELECT count(*) FROM {FullName(client.Options.Database, policy, measurement)} {where}GROUP BY *", cancellationToken).ConfigureAwait(false);
        return (counts.Series.Sum(s => s.Rows[0].Skip(1).Max(v => v.ValueKind == JsonValueKind.Number ? v.GetInt64() : 0)), counts.Series.Count);
    }

    /// <summary>The full name of a measurement in a policy; a null policy is the default one.</summary>
    public static string FullName(string database, string? policy, string measurement) =>
        policy is null ? $"{Quote(database)}..{Quote(measurement)}" : $"{Quote(database)}.{Quote(policy)}.{Quote(measurement)}";

    /// <summary>An identifier in InfluxQL's quotes.</summary>
    public static string Quote(string name) =>
        "\"" + name.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";

    private async Task<MeasurementStats?> StatsAsync(string policy, string measurement, CancellationToken cancellationToken)
    {
        var from = FullName(client.Options.Database, policy, measurement);
        var (points, series) = await CountAsync(policy, measurement, null, cancellationToken).ConfigureAwait(false);
        if (series == 0)
            return null;
        var oldest = await client.QueryAsync($"SELECT * FROM {from} ORDER BY time ASC LIMIT 1", cancellationToken).ConfigureAwait(false);
        var newest = await client.QueryAsync($"SELECT * FROM {from} ORDER BY time DESC LIMIT 1", cancellationToken).ConfigureAwait(false);
        return new MeasurementStats(policy, measurement, points, series, Time(oldest), Time(newest));
    }

    private static long? Time(QueryResult result) => result.Series.Count == 0 ? null : result.Series[0].Rows[0][0].GetInt64();

    /// <summary>Completes when the store answers.</summary>
    /// <exception cref="InfluxException">It is not there within 30 s.</exception>
    public async Task WaitUntilReadyAsync(CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        while (!await client.PingAsync(cancellationToken).ConfigureAwait(false))
        {
            if (time.GetElapsedTime(start) > ReadyWait)
                throw new InfluxException($"{client.Options.Url} did not answer within {ReadyWait.TotalSeconds:0} s; is the store running there?");
            await Task.Delay(TimeSpan.FromMilliseconds(200), time, cancellationToken).ConfigureAwait(false);
        }
    }

    private string Statement(string verb, RetentionPolicySpec policy)
    {
        var text = new StringBuilder($"{verb} RETENTION POLICY {Quote(policy.Name)} ON {Quote(client.Options.Database)} DURATION {policy.Duration} REPLICATION {policy.Replication}");
        if (policy.ShardDuration is not null)
            text.Append(" SHARD DURATION ").Append(policy.ShardDuration);
        return text.Append(policy.IsDefault ? " DEFAULT" : "").ToString();
    }

    private static bool Matches(RetentionPolicySpec wanted, RetentionPolicyState state) =>
        Seconds(wanted.Duration) == Seconds(state.Duration)
        && (wanted.ShardDuration is null || Seconds(wanted.ShardDuration) == Seconds(state.ShardGroupDuration))
        && wanted.Replication == state.Replication
        && (!wanted.IsDefault || state.IsDefault);

    /// <summary>Seconds of a duration in InfluxDB's or Go's spelling; 0 is infinite.</summary>
    internal static double Seconds(string duration)
    {
        if (duration.Equals("INF", StringComparison.OrdinalIgnoreCase))
            return 0;
        double seconds = 0;
        var digits = 0;
        for (var i = 0; i < duration.Length; i++)
        {
            if (char.IsAsciiDigit(duration[i]) || duration[i] == '.')
                continue;
            var count = double.Parse(duration.AsSpan(digits, i - digits), CultureInfo.InvariantCulture);
            seconds += count * (duration[i] switch { 'w' => 604_800, 'd' => 86_400, 'h' => 3_600, 'm' => 60, _ => 1 });
            digits = i + 1;
        }

        return seconds;
    }
}
