using System.Globalization;
using System.Text;
using DuckDB.NET.Data;
using Nbpy.EmbeddedInflux.InfluxQl;
using Nbpy.EmbeddedInflux.Storage;

namespace Nbpy.EmbeddedInflux.Tests.InfluxQl;

/// <summary>A store of the agreed layout in an in-memory DuckDB, as small as the tests allow.</summary>
internal sealed class MemoryStore : IStore, IDisposable
{
    private sealed record Table(string Sql, List<string> Tags, Dictionary<string, FieldType> Fields);

    private readonly DuckDBConnection _connection = new("DataSource=:memory:");
    private readonly Dictionary<string, List<RetentionPolicy>> _databases = [];
    private readonly SortedDictionary<(string Database, string Policy, string Name), Table> _tables = [];
    private int _nextTable;

    public MemoryStore() => _connection.Open();

    public IReadOnlyList<string> Databases => [.. _databases.Keys];

    /// <summary>Lines that INTO wrote.</summary>
    public List<string> Written { get; } = [];

    public bool DatabaseExists(string database) => _databases.ContainsKey(database);

    public void CreateDatabase(string database) =>
        _databases[database] = [new RetentionPolicy("autogen", TimeSpan.Zero, TimeSpan.FromDays(7), 1, true)];

    public void DropDatabase(string database)
    {
        _databases.Remove(database);
        foreach (var key in _tables.Keys.Where(k => k.Database == database).ToList())
            _tables.Remove(key);
    }

    public IReadOnlyList<RetentionPolicy> RetentionPolicies(string database) =>
        _databases.TryGetValue(database, out var policies) ? [.. policies] : [];

    public void PutRetentionPolicy(string database, RetentionPolicy policy)
    {
        var policies = _databases[database];
        var at = policies.FindIndex(p => p.Name == policy.Name);
        if (at < 0)
            policies.Add(policy);
        else
            policies[at] = policy;
    }

    public bool DropRetentionPolicy(string database, string policy) => _databases[database].RemoveAll(p => p.Name == policy) > 0;

    public IReadOnlyList<(string Policy, MeasurementSchema Schema)> Measurements(string database, string? policy, string? name = null) =>
        [.. _tables.Where(t => t.Key.Database == database && (policy is null || t.Key.Policy == policy) && (name is null || t.Key.Name == name))
            .Select(t => (t.Key.Policy, new MeasurementSchema(t.Key.Name, t.Value.Sql, t.Value.Tags, t.Value.Fields)))];

    public void DropMeasurement(string database, string measurement)
    {
        foreach (var key in _tables.Keys.Where(k => k.Database == database && k.Name == measurement).ToList())
            _tables.Remove(key);
    }

    // One for each policy that has points.
    public IReadOnlyList<ShardGroup> ShardGroups(string database) => [.. Measurements(database, null).Select(m => m.Policy).Distinct()
        .Select((policy, i) => new ShardGroup(i + 1, policy, DateTime.UnixEpoch, DateTime.MaxValue, DateTime.MaxValue))];

    public Task<IReadOnlyDictionary<long, long>> ShardBytesAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyDictionary<long, long>>(new Dictionary<long, long>());

    public Task DropShardGroupAsync(long id, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<T> ReadAsync<T>(Func<DuckDBConnection, Task<T>> query, CancellationToken cancellationToken) => query(_connection);

    // None: each is asked for.
    public Task<IReadOnlyDictionary<string, IReadOnlyList<string?[]>>> KnownSeriesAsync(
        string database, IEnumerable<MeasurementSchema> schemas, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyDictionary<string, IReadOnlyList<string?[]>>>(new Dictionary<string, IReadOnlyList<string?[]>>());

    public Task<long> DeleteAsync(IEnumerable<(MeasurementSchema Schema, string SqlCondition)> deletes, CancellationToken cancellationToken) =>
        Task.FromResult(deletes.Sum(d => (long)Execute($"DELETE FROM {d.Schema.Table} WHERE {d.SqlCondition}")));

    public Task WriteAsync(string database, string? policy, ReadOnlyMemory<byte> lines, CancellationToken cancellationToken)
    {
        foreach (var line in Encoding.UTF8.GetString(lines.Span).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            Written.Add(line);
            Write(database, policy ?? "autogen", line);
        }

        return Task.CompletedTask;
    }

    /// <summary>Writes one line; names and values without escapes only.</summary>
    public void Write(string database, string policy, string line)
    {
        var parts = line.Split(' ');
        var head = parts[0].Split(',');
        var key = (database, policy, head[0]);
        if (!_tables.TryGetValue(key, out var table))
        {
            table = new Table($"main.m{_nextTable++}", [], []);
            Execute($"CREATE TABLE {table.Sql} (time BIGINT)");
            _tables[key] = table;
        }

        var columns = new Dictionary<string, string> { ["time"] = parts[2] };
        foreach (var pair in head.Skip(1).Select(p => p.Split('=')))
        {
            if (!table.Tags.Contains(pair[0]))
            {
                table.Tags.Add(pair[0]);
                Execute($"ALTER TABLE {table.Sql} ADD COLUMN {MeasurementSchema.TagColumn(pair[0])} VARCHAR");
            }

            columns[MeasurementSchema.TagColumn(pair[0])] = $"'{pair[1]}'";
        }

        foreach (var pair in parts[1].Split(',').Select(p => p.Split('=')))
        {
            var (type, sql, value) = Parse(pair[1]);
            if (table.Fields.TryAdd(pair[0], type))
                Execute($"ALTER TABLE {table.Sql} ADD COLUMN {MeasurementSchema.FieldColumn(pair[0])} {sql}");
            columns[MeasurementSchema.FieldColumn(pair[0])] = value;
        }

        Execute($"INSERT INTO {table.Sql} ({string.Join(", ", columns.Keys)}) VALUES ({string.Join(", ", columns.Values)})");
    }

    /// <summary>Runs SQL, for points in bulk.</summary>
    public int Execute(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteNonQuery();
    }

    /// <summary>Makes a measurement of an SQL query that answers its layout.</summary>
    public void Define(string database, string name, string sql, string[] tags, Dictionary<string, FieldType> fields)
    {
        var table = new Table($"main.m{_nextTable++}", [.. tags], fields);
        Execute($"CREATE TABLE {table.Sql} AS {sql}");
        _tables[(database, "autogen", name)] = table;
    }

    public void Dispose() => _connection.Dispose();

    private static (FieldType Type, string Sql, string Value) Parse(string text) => text switch
    {
        "true" or "false" => (FieldType.Boolean, "BOOLEAN", text),
        ['"', .. var s, '"'] => (FieldType.String, "VARCHAR", $"'{s}'"),
        [.. var n, 'i'] => (FieldType.Integer, "BIGINT", n),
        _ => (FieldType.Float, "DOUBLE", double.Parse(text, CultureInfo.InvariantCulture).ToString("R", CultureInfo.InvariantCulture) + "::DOUBLE"),
    };
}

/// <summary>A clock that stands still.</summary>
internal sealed class FixedTime(DateTimeOffset now) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => now;
}
