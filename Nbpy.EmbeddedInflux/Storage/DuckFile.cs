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
        CREATE TABLE IF NOT EXISTS catalog.times(table_id BIGINT, min_time BIGINT, max_time BIGINT);
        CREATE TABLE IF NOT EXISTS catalog.dropped(id BIGINT);
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

    /// <summary>Appends rows of numbers to a table of the catalog.</summary>
    public void AppendRows(string table, IEnumerable<long[]> rows)
    {
        using var appender = _connection.CreateAppender("catalog", table);
        foreach (var values in rows)
        {
            var row = appender.CreateRow();
            foreach (var value in values)
                row.AppendValue(value);
            row.EndRow();
        }
    }

    /// <summary>All of it or nothing. Not by way of <c>DuckDBTransaction</c>: when a commit fails DuckDB ends the transaction by itself, the
    /// roll-back fails too, and that class then refuses every further one ("Already in a transaction").</summary>
    public void InTransaction(Action work)
    {
        Execute("BEGIN TRANSACTION");
        try
        {
            work();
            Execute("COMMIT");
        }
        catch
        {
            RollBack();
            throw;
        }
    }

    /// <summary>Creates the tables, or adds the columns they lack: in one transaction, because each costs a sync of the disk.</summary>
    /// <param name="tables">The tables with copies of their tags and fields.</param>
    public void EnsureColumns(IEnumerable<(MeasurementTable Table, string[] Tags, (string Name, FieldType Type)[] Fields)> tables)
    {
        var changes = new List<TableChange>();
        foreach (var (table, tags, fields) in tables)
        {
            var known = table.Columns ?? [];
            List<(bool IsTag, int Position)> columns = [.. known];
            for (var i = known.Count(c => c.IsTag); i < tags.Length; i++)
                columns.Add((true, i));
            for (var i = known.Count(c => !c.IsTag); i < fields.Length; i++)
                columns.Add((false, i));
            if (table.Columns is null || columns.Count > known.Count)
                changes.Add(new TableChange(table, columns, [.. columns.Skip(known.Count).Select(c => c.IsTag
                    ? new NewColumn(true, tags[c.Position], FieldType.String) : new NewColumn(false, fields[c.Position].Name, fields[c.Position].Type))]));
        }

        if (changes.Count == 0)
            return;
        InTransaction(() =>
        {
            changes.ForEach(ChangeTable);
            AppendToCatalog(changes);
        });
        foreach (var change in changes)
            change.Table.Columns = change.Columns;
    }

    /// <summary>Appends points known to be new.</summary>
    public void Append(PointBuffer points, IReadOnlyList<(string Name, FieldType Type)> fields)
        => ColumnAppender.Append(_connection.NativeConnection, $"m{points.Table.Id}", points, points.Table.Columns!, fields);

    /// <summary>Merges points into stored ones of the same series and time, and inserts the others.</summary>
    public void Upsert(PointBuffer points, IReadOnlyList<string> tags, IReadOnlyList<(string Name, FieldType Type)> fields)
    {
        var merged = points.Merged();
        var table = points.Table;
        var columns = table.Columns!;
        Execute($"CREATE OR REPLACE TEMP TABLE upserts AS SELECT * FROM {table.Sql} LIMIT 0");
        ColumnAppender.Append(_connection.NativeConnection, "upserts", merged, columns, fields);
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

    private void ChangeTable(TableChange change)
    {
        var added = change.Added.Select(c => $"{ColumnName(c.IsTag, c.Name)} {SqlType(c.Type)}");
        if (change.Table.Columns is null)
            Execute($"CREATE TABLE {change.Table.Sql}({string.Join(", ", added.Prepend("time BIGINT NOT NULL"))})");
        else
            foreach (var column in added)
                Execute($"ALTER TABLE {change.Table.Sql} ADD COLUMN {column}");
    }

    private void AppendToCatalog(List<TableChange> changes)
    {
        using (var tables = _connection.CreateAppender("catalog", "tables"))
        {
            foreach (var table in changes.Select(c => c.Table).Where(t => t.Columns is null))
                tables.CreateRow().AppendValue(table.Id).AppendValue(table.Database).AppendValue(table.Policy).AppendValue(table.Name).EndRow();
        }

        using var columns = _connection.CreateAppender("catalog", "columns");
        foreach (var change in changes)
        {
            var place = change.Columns.Count - change.Added.Count;
            foreach (var column in change.Added)
                columns.CreateRow().AppendValue(change.Table.Id).AppendValue(place++).AppendValue(column.IsTag).AppendValue(column.Name).AppendValue((int)column.Type).EndRow();
        }
    }

    private void RollBack()
    {
        try
        {
            Execute("ROLLBACK");
        }
        catch (DuckDBException)
        {
            // A commit that failed has ended the transaction: there is none to roll back.
        }
    }

    private sealed record NewColumn(bool IsTag, string Name, FieldType Type);

    /// <param name="Table">Not there yet when it has no columns.</param>
    /// <param name="Columns">All columns afterwards.</param>
    /// <param name="Added">The last of them, which it lacks.</param>
    private sealed record TableChange(MeasurementTable Table, List<(bool IsTag, int Position)> Columns, List<NewColumn> Added);
}
