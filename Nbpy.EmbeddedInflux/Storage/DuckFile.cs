using System.Globalization;
using DuckDB.NET.Data;

namespace Nbpy.EmbeddedInflux.Storage;

/// <summary>The DuckDB file: catalog tables, tables of points, flushing buffers into them. One caller at a time (the store's
/// DuckDB gate); reads have connections of their own.</summary>
internal sealed class DuckFile : IDisposable
{
    private const string CatalogDdl = """
        CREATE SCHEMA IF NOT EXISTS catalog;
        CREATE TABLE IF NOT EXISTS catalog.databases(name VARCHAR);
        CREATE TABLE IF NOT EXISTS catalog.policies(database VARCHAR, name VARCHAR, duration_ticks BIGINT, shard_ticks BIGINT,
            replica INTEGER, is_default BOOLEAN);
        CREATE TABLE IF NOT EXISTS catalog.tables(id BIGINT, database VARCHAR, policy VARCHAR, measurement VARCHAR);
        CREATE TABLE IF NOT EXISTS catalog.shards(id BIGINT, database VARCHAR, policy VARCHAR, start_time BIGINT, end_time BIGINT);
        CREATE TABLE IF NOT EXISTS catalog.columns(table_id BIGINT, place INTEGER, is_tag BOOLEAN, name VARCHAR, type INTEGER);
        """;

    private readonly string _connectionString;
    private readonly DuckDBConnection _connection;

    public DuckFile(string path, StoreOptions options)
    {
        _connectionString = $"Data Source={path};memory_limit={options.MemoryLimit};threads={options.Threads.ToString(CultureInfo.InvariantCulture)}";
        _connection = Connect();
        Execute(CatalogDdl);
    }

    public DuckDBConnection Connect()
    {
        var connection = new DuckDBConnection(_connectionString);
        connection.Open();
        return connection;
    }

    public long Execute(string sql, params object[] parameters)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        foreach (var parameter in parameters)
            command.Parameters.Add(new DuckDBParameter(parameter));
        return command.ExecuteNonQuery();
    }

    public List<object?[]> Rows(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<object?[]>();
        while (reader.Read())
        {
            var row = new object?[reader.FieldCount];
            for (var i = 0; i < row.Length; i++)
                row[i] = reader.IsDBNull(i) ? null : reader.GetValue(i);
            rows.Add(row);
        }

        return rows;
    }

    public void InTransaction(Action work)
    {
        using var transaction = _connection.BeginTransaction();
        work();
        transaction.Commit();
    }

    /// <summary>Creates the table, or adds the columns it lacks. <paramref name="tags"/> and <paramref name="fields"/> are copies.</summary>
    public void EnsureColumns(MeasurementTable table, string[] tags, (string Name, FieldType Type)[] fields)
    {
        var columns = table.Columns is null ? [] : new List<(bool IsTag, int Position)>(table.Columns);
        var known = columns.Count;
        for (var i = columns.Count(c => c.IsTag); i < tags.Length; i++)
            columns.Add((true, i));
        for (var i = columns.Count(c => !c.IsTag); i < fields.Length; i++)
            columns.Add((false, i));
        if (table.Columns is not null && columns.Count == known)
            return;
        InTransaction(() =>
        {
            if (table.Columns is null)
            {
                Execute($"CREATE TABLE {table.Sql}(time BIGINT NOT NULL)");
                Execute("INSERT INTO catalog.tables VALUES (?, ?, ?, ?)", table.Id, table.Database, table.Policy, table.Name);
            }

            for (var i = known; i < columns.Count; i++)
            {
                var (isTag, position) = columns[i];
                var name = isTag ? tags[position] : fields[position].Name;
                var type = isTag ? FieldType.String : fields[position].Type;
                Execute($"ALTER TABLE {table.Sql} ADD COLUMN {ColumnName(isTag, name)} {SqlType(type)}");
                Execute("INSERT INTO catalog.columns VALUES (?, ?, ?, ?, ?)", table.Id, i, isTag, name, (int)type);
            }
        });
        table.Columns = columns;
    }

    /// <summary>Appends points known to be new.</summary>
    public void Append(PointBuffer points, IReadOnlyList<(string Name, FieldType Type)> fields)
        => AppendTo(points, points.Table.Columns!, fields, $"m{points.Table.Id}");

    /// <summary>Merges points into stored ones of the same series and time, and inserts the others.</summary>
    public void Upsert(PointBuffer points, IReadOnlyList<string> tags, IReadOnlyList<(string Name, FieldType Type)> fields)
    {
        var merged = points.Merged();
        var table = points.Table;
        var columns = table.Columns!;
        Execute($"CREATE OR REPLACE TEMP TABLE upserts AS SELECT * FROM {table.Sql} LIMIT 0");
        AppendTo(merged, columns, fields, "upserts");
        long min = long.MaxValue, max = long.MinValue;
        foreach (var time in merged.Times)
        {
            min = Math.Min(min, time);
            max = Math.Max(max, time);
        }

        var range = string.Create(CultureInfo.InvariantCulture, $"p.time BETWEEN {min} AND {max}");
        var same = string.Join(" AND ", columns.Where(c => c.IsTag).Select(c => ColumnName(true, tags[c.Position]))
            .Select(c => $"p.{c} IS NOT DISTINCT FROM u.{c}").Prepend("p.time = u.time").Append(range));
        var set = string.Join(", ", columns.Where(c => !c.IsTag).Select(c => ColumnName(false, fields[c.Position].Name))
            .Select(c => $"{c} = coalesce(u.{c}, p.{c})"));
        Execute($"UPDATE {table.Sql} p SET {set} FROM upserts u WHERE {same}");
        Execute($"INSERT INTO {table.Sql} SELECT u.* FROM upserts u ANTI JOIN {table.Sql} p ON {same}");
        Execute("DROP TABLE upserts");
    }

    public void Dispose() => _connection.Dispose();

    private static string ColumnName(bool isTag, string name) => isTag ? MeasurementSchema.TagColumn(name) : MeasurementSchema.FieldColumn(name);

    private static string SqlType(FieldType type) => type switch
    {
        FieldType.Float => "DOUBLE",
        FieldType.Integer => "BIGINT",
        FieldType.Boolean => "BOOLEAN",
        _ => "VARCHAR",
    };

    private void AppendTo(PointBuffer points, List<(bool IsTag, int Position)> columns,
        IReadOnlyList<(string Name, FieldType Type)> fields, string name)
    {
        using var appender = _connection.CreateAppender(name);
        for (var i = 0; i < points.Count; i++)
        {
            var series = points.SeriesOfRows[i];
            var row = appender.CreateRow();
            row.AppendValue(points.Times[i]);
            foreach (var (isTag, position) in columns)
            {
                if (isTag)
                {
                    var tag = position < series.Tags.Length ? series.Tags[position] : null;
                    if (tag is null)
                        row.AppendNullValue();
                    else
                        row.AppendValue(tag);
                }
                else if (!points.Get(i, position, out var bits, out var text))
                    row.AppendNullValue();
                else if (text is not null)
                    row.AppendValue(text);
                else if (fields[position].Type is FieldType.Float)
                    row.AppendValue(BitConverter.Int64BitsToDouble(bits));
                else if (fields[position].Type is FieldType.Boolean)
                    row.AppendValue(bits != 0);
                else
                    row.AppendValue(bits);
            }

            row.EndRow();
        }
    }
}
