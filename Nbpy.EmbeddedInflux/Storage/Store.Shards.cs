using System.Globalization;

namespace Nbpy.EmbeddedInflux.Storage;

/// <summary>Shard groups: InfluxDB cuts a policy's points by time into them. Here points lie together and the groups are kept beside
/// them, made by the first write into their time, to be listed and dropped.</summary>
public sealed partial class Store
{
    /// <summary>Groups that are not in DuckDB yet; a replay of the log makes them again. Under the write lock.</summary>
    private List<(string Database, string Policy, ShardSpan Span)> _freshShards = [];
    private long _lastShardId;

    /// <inheritdoc/>
    public IReadOnlyList<ShardGroup> ShardGroups(string database)
    {
        lock (_gate)
        {
            return !_databases.TryGetValue(database, out var db) ? []
                : [.. db.Policies.Values.SelectMany(p => p.Shards.All.Select(s => new ShardGroup(s.Id, p.Policy.Name, Time(s.Start), Time(s.End), Time(s.End) + p.Policy.Duration)))];
        }
    }

    /// <inheritdoc/>
    public async Task DropShardGroupAsync(long id, CancellationToken cancellationToken)
    {
        PolicyTables? policy;
        ShardSpan span;
        lock (_gate)
        {
            policy = _databases.Values.SelectMany(d => d.Policies.Values).FirstOrDefault(p => p.Shards.All.Any(s => s.Id == id));
            span = policy?.Shards.All.First(s => s.Id == id) ?? default;
        }

        if (policy is not null)
            await DropShardAsync(policy, span, cancellationToken).ConfigureAwait(false);
    }

    private static DateTime Time(long nanoseconds) => DateTime.UnixEpoch.AddTicks((long)Math.Floor(nanoseconds / 100m));

    // Under the write lock.
    private void NoteShard(Database db, PolicyTables tables, long time)
    {
        if (tables.Shards.Contains(time))
            return;
        var span = ShardSpans.At(++_lastShardId, time, tables.Policy.ShardGroupDuration);
        tables.Shards.Add(span);
        _freshShards.Add((db.Name, tables.Policy.Name, span));
    }

    /// <summary>Deletes a group's points, some tables at a time, then the group.</summary>
    private async Task DropShardAsync(PolicyTables policy, ShardSpan span, CancellationToken cancellationToken)
    {
        List<MeasurementTable> tables;
        lock (_gate)
            tables = [.. policy.Tables.Values.Where(t => t.MinTime < span.End && t.MaxTime >= span.Start)];
        var condition = string.Create(CultureInfo.InvariantCulture, $"time >= {span.Start} AND time < {span.End}");
        foreach (var some in tables.Chunk(TablesDropped))
        {
            await _duck.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                FlushHoldingDuck();
                List<(string, string)> deletes;
                lock (_gate)
                    deletes = [.. some.Where(t => policy.Tables.GetValueOrDefault(t.Name) == t && t.Columns is not null).Select(t => (t.Sql, condition))];
                DeleteHoldingDuck(deletes);
                lock (_gate)
                {
                    foreach (var table in some.Where(t => t.MinTime >= span.Start))
                        table.MinTime = Math.Max(table.MinTime, span.End);
                }
            }
            finally
            {
                _duck.Release();
            }
        }

        await _duck.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            FlushHoldingDuck();
            lock (_gate)
                policy.Shards.Remove(span);
            ForgetShards("id = ?", span.Id);
        }
        finally
        {
            _duck.Release();
        }
    }

    /// <summary>Takes groups out of the catalog; a number is not given twice, so the greatest one stays without a database. Holding the
    /// DuckDB gate.</summary>
    private void ForgetShards(string condition, params object[] parameters)
    {
        _file.Execute($"UPDATE catalog.shards SET database = NULL WHERE {condition}", parameters);
        _file.Execute("DELETE FROM catalog.shards WHERE database IS NULL AND id < (SELECT max(id) FROM catalog.shards)");
    }

    private void SaveShards(List<(string Database, string Policy, ShardSpan Span)> shards)
    {
        foreach (var (database, policy, span) in shards)
            _file.Execute("INSERT INTO catalog.shards VALUES (?, ?, ?, ?, ?)", span.Id, database, policy, span.Start, span.End);
    }

    private void LoadShards()
    {
        foreach (var row in _file.Rows("SELECT id, database, policy, start_time, end_time FROM catalog.shards ORDER BY id"))
        {
            _lastShardId = Math.Max(_lastShardId, (long)row[0]!);
            if (row[1] is string database && _databases.TryGetValue(database, out var db) && db.Policies.TryGetValue((string)row[2]!, out var policy))
                policy.Shards.Add(new ShardSpan((long)row[0]!, (long)row[3]!, (long)row[4]!));
        }

        // Points of a store that kept no groups yet.
        foreach (var db in _databases.Values)
        {
            foreach (var policy in db.Policies.Values.Where(p => p.Shards.All.Count == 0))
            {
                var length = Math.Max(policy.Policy.ShardGroupDuration.Ticks * 100, 1);
                var times = policy.Tables.Values.SelectMany(t => _file.Rows($"SELECT min(time) FROM {t.Sql} GROUP BY time // {length} ORDER BY 1"))
                    .Concat(policy.Tables.Values.SelectMany(t => _file.Rows($"SELECT max(time) FROM {t.Sql} GROUP BY time // {length} ORDER BY 1")));
                foreach (var row in times)
                    NoteShard(db, policy, (long)row[0]!);
            }
        }

        SaveShards(_freshShards);
        _freshShards.Clear();
    }
}
