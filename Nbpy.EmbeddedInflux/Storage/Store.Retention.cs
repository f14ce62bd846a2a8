namespace Nbpy.EmbeddedInflux.Storage;

public sealed partial class Store
{
    /// <summary>Drops shard groups that lie wholly past their policy's duration.</summary>
    public async Task EnforceRetentionAsync(CancellationToken cancellationToken)
    {
        List<(PolicyTables Policy, ShardSpan Span)> due = [];
        lock (_gate)
        {
            foreach (var policy in _databases.Values.SelectMany(d => d.Policies.Values).Where(p => p.Policy.Duration > TimeSpan.Zero))
            {
                var oldest = NowNanoseconds() - policy.Policy.Duration.Ticks * 100;
                due.AddRange(policy.Shards.All.Where(s => s.End < oldest).Select(s => (policy, s)));
            }
        }

        foreach (var (policy, span) in due)
            await DropShardAsync(policy, span, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A measurement without points is gone, as in InfluxDB. Holding the DuckDB gate.</summary>
    private void DropIfEmpty(string sql)
    {
        if (_file.Rows($"SELECT 1 FROM {sql} LIMIT 1").Count > 0)
            return;
        List<MeasurementTable> tables;
        lock (_gate)
        {
            tables = [.. _databases.Values.SelectMany(d => d.Policies.Values).SelectMany(p => p.Tables.Values)
                .Where(t => t.Sql == sql && t.Fresh is null && t.Upserts is null)];
            Discard(tables);
        }

        DropTables(tables, () => { });
    }
}
