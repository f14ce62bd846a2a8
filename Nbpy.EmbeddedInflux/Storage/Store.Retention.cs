namespace Nbpy.EmbeddedInflux.Storage;

public sealed partial class Store
{
    /// <summary>Drops points of shard groups that lie wholly past their policy's duration, a table at a time.</summary>
    public async Task EnforceRetentionAsync(CancellationToken cancellationToken)
    {
        List<(MeasurementTable Table, long Cutoff)> due = [];
        lock (_gate)
        {
            foreach (var policy in _databases.Values.SelectMany(d => d.Policies.Values).Where(p => p.Policy.Duration > TimeSpan.Zero))
            {
                var oldest = NowNanoseconds() - policy.Policy.Duration.Ticks * 100;
                var shard = Math.Max(policy.Policy.ShardGroupDuration.Ticks * 100, 1);
                var cutoff = oldest - ((oldest % shard) + shard) % shard;
                due.AddRange(policy.Tables.Values.Where(t => t.MinTime < cutoff).Select(t => (t, cutoff)));
            }
        }

        foreach (var (table, cutoff) in due)
        {
            await _duck.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                FlushHoldingDuck();
                if (table.Columns is null)
                    continue;
                _file.Execute($"DELETE FROM {table.Sql} WHERE time < ?", cutoff);
                lock (_gate)
                    table.MinTime = Math.Max(table.MinTime, cutoff);
                DropIfEmpty(table.Sql);
            }
            finally
            {
                _duck.Release();
            }
        }
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
