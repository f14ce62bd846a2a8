namespace Nbpy.EmbeddedInflux.Storage;

public sealed partial class Store
{
    /// <summary>In the order of their making, in which they are listed.</summary>
    private readonly OrderedDictionary<string, Database> _databases = new(StringComparer.Ordinal);
    private long _lastTableId;

    /// <inheritdoc/>
    public IReadOnlyList<string> Databases
    {
        get
        {
            lock (_gate)
                return [.. _databases.Keys];
        }
    }

    /// <inheritdoc/>
    public bool DatabaseExists(string database)
    {
        lock (_gate)
            return _databases.ContainsKey(database);
    }

    /// <inheritdoc/>
    public void CreateDatabase(string database)
        => Change(() =>
        {
            if (DatabaseExists(database))
                return;
            List<RetentionPolicy> policies = _options.RetentionAutoCreate
                ? [new RetentionPolicy("autogen", TimeSpan.Zero, TimeSpan.FromHours(168), 1, true)] : [];
            _file.InTransaction(() =>
            {
                _file.Execute("INSERT INTO catalog.databases VALUES (?)", database);
                policies.ForEach(p => InsertPolicy(database, p));
            });
            var created = new Database(database);
            policies.ForEach(p => created.Policies.Add(p.Name, new PolicyTables(p)));
            lock (_gate)
                _databases.Add(database, created);
        });

    /// <inheritdoc/>
    public void DropDatabase(string database)
    {
        List<MeasurementTable>? tables = null;
        Change(() =>
        {
            // Out of memory before anything else: a flush that is under way leaves out what it has not come to.
            lock (_gate)
            {
                if (!_databases.Remove(database, out var dropped))
                    return;
                tables = [.. dropped.Policies.Values.SelectMany(p => p.Tables.Values)];
                Discard(tables);
            }
        }, () =>
        {
            if (tables is null)
                return;
            DropTables(tables, () =>
            {
                _file.Execute("DELETE FROM catalog.databases WHERE name = ?", database);
                _file.Execute("DELETE FROM catalog.policies WHERE database = ?", database);
                ForgetShards("database = ?", database);
            });
        });
    }

    /// <inheritdoc/>
    public IReadOnlyList<RetentionPolicy> RetentionPolicies(string database)
    {
        lock (_gate)
            return _databases.TryGetValue(database, out var db) ? [.. db.Policies.Values.Select(p => p.Policy)] : [];
    }

    /// <inheritdoc/>
    public void PutRetentionPolicy(string database, RetentionPolicy policy)
        => Change(() =>
        {
            List<RetentionPolicy> policies = [.. RetentionPolicies(database)];
            if (!DatabaseExists(database))
                return;
            if (policy.IsDefault)
                policies = policies.ConvertAll(p => p with { IsDefault = false });
            var i = policies.FindIndex(p => p.Name == policy.Name);
            if (i < 0)
                policies.Add(policy);
            else
                policies[i] = policy;
            _file.InTransaction(() =>
            {
                _file.Execute("DELETE FROM catalog.policies WHERE database = ?", database);
                policies.ForEach(p => InsertPolicy(database, p));
            });
            lock (_gate)
            {
                var db = _databases[database];
                foreach (var p in policies)
                {
                    if (db.Policies.TryGetValue(p.Name, out var tables))
                        tables.Policy = p;
                    else
                        db.Policies.Add(p.Name, new PolicyTables(p));
                }
            }
        });

    /// <inheritdoc/>
    public bool DropRetentionPolicy(string database, string policy)
    {
        var found = false;
        Change(() =>
        {
            List<MeasurementTable> tables;
            lock (_gate)
            {
                if (!_databases.TryGetValue(database, out var db) || !db.Policies.Remove(policy, out var dropped))
                    return;
                tables = [.. dropped.Tables.Values];
                Discard(tables);
                _freshShards.RemoveAll(s => s.Database == database && s.Policy == policy);
            }

            found = true;
            DropTables(tables, () =>
            {
                _file.Execute("DELETE FROM catalog.policies WHERE database = ? AND name = ?", database, policy);
                ForgetShards("database = ? AND policy = ?", database, policy);
            });
        });
        return found;
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string Policy, MeasurementSchema Schema)> Measurements(string database, string? policy, string? name = null)
    {
        lock (_gate)
        {
            if (!_databases.TryGetValue(database, out var db))
                return [];
            return [.. db.Policies.Values.Where(p => policy is null || p.Policy.Name == policy)
                .SelectMany(p => (name is null ? p.Tables.Values : p.Tables.TryGetValue(name, out var one) ? [one] : Enumerable.Empty<MeasurementTable>())
                    .Where(t => t.Fields.Count > 0).OrderBy(t => t.Name, StringComparer.Ordinal)
                    .Select(t => (p.Policy.Name, t.Schema())))];
        }
    }

    /// <inheritdoc/>
    public void DropMeasurement(string database, string measurement)
        => Change(() =>
        {
            List<MeasurementTable> tables = [];
            lock (_gate)
            {
                if (!_databases.TryGetValue(database, out var db))
                    return;
                foreach (var policy in db.Policies.Values)
                {
                    if (policy.Tables.TryGetValue(measurement, out var table))
                        tables.Add(table);
                }

                Discard(tables);
            }

            DropTables(tables, () => { });
        });

    /// <summary>Everything before the change is in DuckDB first, and the log holds nothing older than the change afterwards: a replay
    /// cannot bring back what was dropped.</summary>
    private void Change(Action change) => Change(() => { }, change);

    /// <param name="before">Done before the wait for DuckDB, and before any other change.</param>
    /// <param name="change">The change.</param>
    private void Change(Action before, Action change)
    {
        lock (_changes)
        {
            before();
            _duck.Wait();
            try
            {
                FlushHoldingDuck();
                change();
                FlushHoldingDuck();
            }
            finally
            {
                _duck.Release();
            }
        }
    }

    private void InsertPolicy(string database, RetentionPolicy p)
        => _file.Execute("INSERT INTO catalog.policies VALUES (?, ?, ?, ?, ?, ?)",
            database, p.Name, p.Duration.Ticks, p.ShardGroupDuration.Ticks, p.ReplicaN, p.IsDefault);

    private void LoadCatalog()
    {
        foreach (var row in _file.Rows("SELECT name FROM catalog.databases ORDER BY rowid"))
            _databases[(string)row[0]!] = new Database((string)row[0]!);
        foreach (var row in _file.Rows("SELECT database, name, duration_ticks, shard_ticks, replica, is_default FROM catalog.policies ORDER BY rowid"))
        {
            var policy = new RetentionPolicy((string)row[1]!, new TimeSpan((long)row[2]!), new TimeSpan((long)row[3]!), (int)row[4]!, (bool)row[5]!);
            _databases[(string)row[0]!].Policies[policy.Name] = new PolicyTables(policy);
        }

        var tables = new Dictionary<long, MeasurementTable>();
        foreach (var row in _file.Rows("SELECT id, database, policy, measurement FROM catalog.tables"))
        {
            var table = new MeasurementTable((long)row[0]!, (string)row[1]!, (string)row[2]!, (string)row[3]!) { Columns = [], Known = new KnownSeries(complete: false), Checkpoint = -1 };
            tables.Add(table.Id, table);
            _lastTableId = Math.Max(_lastTableId, table.Id);
            var db = _databases[table.Database];
            db.Policies[table.Policy].Tables[table.Name] = table;
            db.FieldTypes.TryAdd(table.Name, []);
        }

        LoadTimes(tables);
        foreach (var row in _file.Rows("SELECT id FROM catalog.dropped"))
        {
            _dropped.Enqueue((long)row[0]!);
            _lastTableId = Math.Max(_lastTableId, (long)row[0]!);
        }

        foreach (var row in _file.Rows("SELECT table_id, is_tag, name, type FROM catalog.columns ORDER BY table_id, place"))
        {
            var table = tables[(long)row[0]!];
            var name = (string)row[2]!;
            if ((bool)row[1]!)
            {
                table.Columns!.Add((true, table.Tags.Count));
                table.Tags.Add(name);
                continue;
            }

            var type = (FieldType)(int)row[3]!;
            table.Columns!.Add((false, table.Fields.Count));
            table.Fields.Add((name, type));
            _databases[table.Database].FieldTypes[table.Name][name] = type;
        }

        LoadShards();
    }
}
