namespace Nbpy.EmbeddedInflux.Storage;

public sealed partial class Store
{
    /// <summary>Tables that are dropped while nobody waits for DuckDB longer than a moment.</summary>
    private const int TablesDropped = 500;

    /// <summary>Tables out of the catalog that DuckDB still has, by number. Holding the DuckDB gate.</summary>
    private readonly Queue<long> _dropped = [];

    /// <inheritdoc/>
    public async Task<long> DeleteAsync(IEnumerable<(MeasurementSchema Schema, string SqlCondition)> deletes, CancellationToken cancellationToken)
    {
        var deleted = 0L;
        foreach (var some in deletes.Chunk(TablesDropped))
        {
            await _duck.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                FlushHoldingDuck();
                deleted += DeleteHoldingDuck([.. some.Select(d => (d.Schema.Table, d.SqlCondition))]);
            }
            finally
            {
                _duck.Release();
            }
        }

        return deleted;
    }

    /// <summary>Deletes points in one transaction. A measurement without points is gone, as in InfluxDB.</summary>
    private long DeleteHoldingDuck(List<(string Sql, string Condition)> deletes)
    {
        var touched = new HashSet<string>();
        var deleted = 0L;
        _file.InTransaction(() =>
        {
            foreach (var (sql, condition) in deletes)
            {
                var points = _file.Execute($"DELETE FROM {sql} WHERE {condition}");
                deleted += points;
                if (points > 0)
                    touched.Add(sql);
            }
        });
        var empty = touched.Where(sql => _file.Rows($"SELECT 1 FROM {sql} LIMIT 1").Count == 0).ToHashSet();
        List<MeasurementTable> gone = [];
        lock (_gate)
        {
            foreach (var table in touched.Count == 0 ? [] : _databases.Values.SelectMany(d => d.Policies.Values).SelectMany(p => p.Tables.Values))
            {
                if (!touched.Contains(table.Sql))
                    continue;
                table.Known = table.Known.Unknown();
                if (table.Fresh is null && table.Upserts is null && empty.Contains(table.Sql))
                    gone.Add(table);
            }

            Discard(gone);
        }

        DropTables(gone, () => { });
        return deleted;
    }

    /// <summary>Takes tables and their waiting points out of memory. Under the write lock.</summary>
    private void Discard(List<MeasurementTable> tables)
    {
        var policies = new HashSet<PolicyTables>();
        foreach (var table in tables)
        {
            var points = (table.Fresh?.Count ?? 0) + (table.Upserts?.Count ?? 0);
            Interlocked.Add(ref _waiting, -points);
            table.Fresh = table.Upserts = null;
            table.IsDirty = false;
            table.IsGone = true;
            if (!_databases.TryGetValue(table.Database, out var db))
                continue;
            if (db.Policies.TryGetValue(table.Policy, out var policy))
            {
                policy.Tables.Remove(table.Name);
                policies.Add(policy);
            }

            if (!db.Policies.Values.Any(p => p.Tables.ContainsKey(table.Name)))
                db.FieldTypes.Remove(table.Name);
        }

        if (tables.Count > 0)
            _dirty.RemoveAll(t => !t.IsDirty);
        foreach (var policy in policies)
            policy.ForgetSeries();
    }

    /// <summary>Takes tables out of the catalog; where they are many DuckDB drops most of them later.</summary>
    private void DropTables(List<MeasurementTable> tables, Action also)
    {
        _file.InTransaction(() =>
        {
            if (tables.Count > 0)
            {
                var ids = string.Join(',', tables.Select(t => t.Id));
                foreach (var (of, id) in new[] { ("tables", "id"), ("columns", "table_id"), ("times", "table_id") })
                    _file.Execute($"DELETE FROM catalog.{of} WHERE {id} IN ({ids})");
                _file.AppendRows("dropped", tables.Select(t => new[] { t.Id }));
            }

            also();
        });
        tables.ForEach(t => _dropped.Enqueue(t.Id));
        DropSome();
    }

    private async Task DropSomeAsync(CancellationToken cancellationToken)
    {
        await _duck.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            DropSome();
        }
        finally
        {
            _duck.Release();
        }
    }

    private void DropSome()
    {
        var ids = _dropped.Take(TablesDropped).ToList();
        if (ids.Count == 0)
            return;
        _file.InTransaction(() =>
        {
            ids.ForEach(id => _file.Execute($"DROP TABLE IF EXISTS main.m{id}"));
            _file.Execute($"DELETE FROM catalog.dropped WHERE id IN ({string.Join(',', ids)})");
        });
        ids.ForEach(_ => _dropped.Dequeue());
    }
}
