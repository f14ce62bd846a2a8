using System.Globalization;
using DuckDB.NET.Data;

namespace Nbpy.EmbeddedInflux.Storage;

public sealed partial class Store
{
    /// <summary>Tables that one query asks; more make DuckDB's planning slower than asking twice.</summary>
    private const int TablesAsked = 200;

    /// <inheritdoc/>
    public async Task<IReadOnlyDictionary<string, IReadOnlyList<string?[]>>> KnownSeriesAsync(
        string database, IEnumerable<MeasurementSchema> schemas, CancellationToken cancellationToken)
    {
        List<(MeasurementTable Table, string[] Tags)> tables = [];
        List<(MeasurementTable Table, string[] Tags, KnownSeries Known, int Changes)> unknown = [];
        lock (_gate)
        {
            if (_databases.TryGetValue(database, out var db))
            {
                foreach (var schema in schemas)
                    tables.AddRange(db.Policies.Values.Select(p => p.Tables.GetValueOrDefault(schema.Name)).OfType<MeasurementTable>()
                        .Where(t => t.Sql == schema.Table).Select(t => (t, schema.Tags.ToArray())));
            }

            unknown.AddRange(tables.Where(t => t.Table.Known is { Tags: null, AreTooMany: false })
                .Select(t => (t.Table, t.Table.Tags.ToArray(), t.Table.Known, t.Table.Known.Changes)));
        }

        foreach (var some in unknown.Chunk(TablesAsked))
        {
            var found = await ReadAsync(c => SeriesAsync(c, [.. some.Select(t => (t.Table, t.Tags))], cancellationToken), cancellationToken).ConfigureAwait(false);
            lock (_gate)
            {
                foreach (var ((table, _, known, changes), series) in some.Zip(found))
                {
                    if (series.Count <= KnownSeries.Most)
                        known.Fill(series, changes);
                    else if (table.Known == known)
                        table.Known = known.Unknown(tooMany: true);
                }
            }
        }

        lock (_gate)
        {
            return tables.Where(t => t.Table.Known.Tags is not null).ToDictionary(t => t.Table.Sql, t =>
            {
                var places = Array.ConvertAll(t.Tags, t.Table.Tags.IndexOf);
                return (IReadOnlyList<string?[]>)[.. t.Table.Known.Tags!.Select(s => Array.ConvertAll(places, p => p < s.Length ? s[p] : null))];
            });
        }
    }

    /// <summary>The distinct tag values of each table, one more than are kept of those with too many.</summary>
    private static async Task<List<string?[]>[]> SeriesAsync(
        DuckDBConnection connection, (MeasurementTable Table, string[] Tags)[] tables, CancellationToken cancellationToken)
    {
        var width = tables.Max(t => t.Tags.Length);
        var found = Array.ConvertAll(tables, _ => new List<string?[]>());
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT DISTINCT * FROM (" + OfEach(tables, (t, i) => $"SELECT {i}" + string.Concat(
            Enumerable.Range(0, width).Select(n => ", " + (n < t.Tags.Length ? MeasurementSchema.TagColumn(t.Tags[n]) : "NULL::VARCHAR") + " AS c" + n)) + $" FROM {t.Table.Sql}") + ")";
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            var i = reader.GetInt32(0);
            if (found[i].Count <= KnownSeries.Most)
                found[i].Add([.. Enumerable.Range(1, tables[i].Tags.Length).Select(n => reader.IsDBNull(n) ? null : reader.GetString(n))]);
        }

        return found;
    }

    private static string OfEach<T>(IEnumerable<T> tables, Func<T, string, string> select)
        => string.Join(" UNION ALL ", tables.Select((t, i) => select(t, i.ToString(CultureInfo.InvariantCulture))));

    /// <summary>Reads the range of times of tables from the catalog, where the last close left it, or from the tables themselves.</summary>
    private void LoadTimes(Dictionary<long, MeasurementTable> tables)
    {
        foreach (var row in _file.Rows("SELECT table_id, min_time, max_time FROM catalog.times"))
        {
            if (tables.TryGetValue((long)row[0]!, out var table))
                (table.MinTime, table.MaxTime, table.HasSavedTimes) = ((long)row[1]!, (long)row[2]!, true);
        }

        foreach (var some in tables.Values.Where(t => !t.HasSavedTimes).Chunk(TablesAsked))
        {
            foreach (var row in _file.Rows("SELECT i, min(time), max(time) FROM (" + OfEach(some, (t, i) => $"SELECT {i} AS i, time FROM {t.Sql}") + ") GROUP BY i"))
                (some[(int)row[0]!].MinTime, some[(int)row[0]!].MaxTime) = ((long)row[1]!, (long)row[2]!);
        }

        foreach (var table in tables.Values)
            (table.SeedMinTime, table.SeedMaxTime) = (table.MinTime, table.MaxTime);
    }

    /// <summary>Leaves the ranges for the next start. All points are in DuckDB.</summary>
    private void SaveTimes()
        => _file.InTransaction(() =>
        {
            _file.Execute("DELETE FROM catalog.times");
            _file.AppendRows("times", _databases.Values.SelectMany(d => d.Policies.Values).SelectMany(p => p.Tables.Values)
                .Where(t => t.Columns is not null).Select(t => new[] { t.Id, t.MinTime, t.MaxTime }));
        });

    /// <summary>What the last close left is too little once a table gets points. In the transaction that brings them.</summary>
    private void ForgetTimes(IEnumerable<MeasurementTable> tables)
    {
        var ids = string.Join(',', tables.Where(t => t.HasSavedTimes).Select(t => t.Id));
        if (ids.Length > 0)
            _file.Execute($"DELETE FROM catalog.times WHERE table_id IN ({ids})");
    }
}
