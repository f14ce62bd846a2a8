using System.Globalization;
using System.Text.RegularExpressions;
using Nbpy.EmbeddedInflux.Storage;

namespace Nbpy.EmbeddedInflux.InfluxQl;

/// <summary>SHOW.</summary>
public sealed partial class QueryEngine
{
    private async Task<IReadOnlyList<ResultSeries>> ShowAsync(ShowStatement show, string? database, CancellationToken cancellationToken)
    {
        switch (show.What)
        {
            case "DATABASES":
                return [Table("databases", ["name"], store.Databases.Order(StringComparer.Ordinal).Select(d => (object?[])[d]))];
            case "RETENTION POLICIES":
                return [Table(null, ["name", "duration", "shardGroupDuration", "replicaN", "default"], store.RetentionPolicies(RequireDatabase(database))
                    .Select(p => (object?[])[p.Name, GoDuration.Format(p.Duration), GoDuration.Format(p.ShardGroupDuration), (long)p.ReplicaN, p.IsDefault]))];
            case "USERS":
                return [Table(null, ["user", "admin"], [])];
            case "QUERIES":
                return [Table(null, ["qid", "query", "database", "duration", "status"], [])];
            case "CONTINUOUS QUERIES":
                return [.. store.Databases.Order(StringComparer.Ordinal).Select(d => Table(d, ["name", "query"], []))];
            case "MEASUREMENTS":
                var names = Measurements(show, RequireDatabase(database)).Select(g => g.Key).Where(n => Selected(show, n)).ToList();
                return NotEmpty(Table("measurements", ["name"], Page(show, names.Select(n => (object?[])[n]))));
            case "MEASUREMENT CARDINALITY":
                return [Table(null, ["count"], [[(long)Measurements(show, RequireDatabase(database)).Count()]])];
            case "TAG KEYS":
                return [.. Measurements(show, RequireDatabase(database)).Select(g => Table(g.Key, ["tagKey"], Page(show, Tags(g).Select(t => (object?[])[t])))).Where(s => s.Values.Count > 0)];
            case "FIELD KEYS":
                return [.. Measurements(show, RequireDatabase(database)).Select(g => Table(g.Key, ["fieldKey", "fieldType"], Page(show, g
                    .SelectMany(m => m.Schema.Fields).DistinctBy(f => f.Key).OrderBy(f => f.Key, StringComparer.Ordinal)
                    .Select(f => (object?[])[f.Key, f.Value.ToString().ToLowerInvariant()])))).Where(s => s.Values.Count > 0)];
            case "TAG VALUES":
                return await TagValuesAsync(show, RequireDatabase(database), cancellationToken).ConfigureAwait(false);
            case "SERIES":
                return NotEmpty(Table(null, ["key"], Page(show, (await SeriesAsync(show, RequireDatabase(database), cancellationToken).ConfigureAwait(false)).Select(k => (object?[])[k]))));
            case "SERIES CARDINALITY":
                return [Table(null, ["count"], [[(long)(await SeriesAsync(show, RequireDatabase(database), cancellationToken).ConfigureAwait(false)).Count]])];
            default:
                throw new StatementException($"SHOW {show.What} is not supported by the embedded store yet");
        }
    }

    private static ResultSeries Table(string? name, IReadOnlyList<string> columns, IEnumerable<object?[]> rows) => new(name, null, columns, [.. rows]);

    private static IReadOnlyList<ResultSeries> NotEmpty(ResultSeries series) => series.Values.Count > 0 ? [series] : [];

    private static IEnumerable<object?[]> Page(ShowStatement show, IEnumerable<object?[]> rows) =>
        rows.Skip(show.RowOffset).Take(show.Limit > 0 ? show.Limit : int.MaxValue);

    private static IEnumerable<string> Tags(IEnumerable<(string Policy, MeasurementSchema Schema)> measurement) =>
        measurement.SelectMany(m => m.Schema.Tags).Distinct().Order(StringComparer.Ordinal);

    private static bool Selected(ShowStatement show, string name)
    {
        if (show.Names is null && show.Pattern is null)
            return true;
        var matches = show.Names?.Contains(name) ?? Regex.IsMatch(name, show.Pattern!, RegexOptions.None, TimeSpan.FromSeconds(1));
        return matches != show.Negated;
    }

    private IEnumerable<IGrouping<string, (string Policy, MeasurementSchema Schema)>> Measurements(ShowStatement show, string database) =>
        store.Measurements(database, null).Where(m => show.Sources.Count == 0 || show.Sources.Any(s => Names(s, m.Schema.Name) && (s.Policy is null || s.Policy == m.Policy)))
            .GroupBy(m => m.Schema.Name).OrderBy(g => g.Key, StringComparer.Ordinal);

    private async Task<IReadOnlyList<ResultSeries>> TagValuesAsync(ShowStatement show, string database, CancellationToken cancellationToken)
    {
        var condition = Condition.Of(show.Where, time.GetUtcNow());
        var series = new List<ResultSeries>();
        foreach (var measurement in Measurements(show, database).ToList())
        {
            var rows = new List<object?[]>();
            foreach (var tag in Tags(measurement).Where(t => Selected(show, t)).ToList())
            {
                var values = new SortedSet<string>(StringComparer.Ordinal);
                foreach (var (_, schema) in measurement.Where(m => m.Schema.Tags.Contains(tag)))
                {
                    var column = MeasurementSchema.TagColumn(tag);
                    values.UnionWith(await TextsAsync($"SELECT DISTINCT {column} FROM {schema.Table} WHERE {condition.Sql(schema)} AND {column} IS NOT NULL", cancellationToken).ConfigureAwait(false));
                }

                rows.AddRange(values.Select(v => (object?[])[tag, v]));
            }

            if (rows.Count > 0)
                series.Add(Table(measurement.Key, ["key", "value"], Page(show, rows)));
        }

        return series;
    }

    private async Task<SortedSet<string>> SeriesAsync(ShowStatement show, string database, CancellationToken cancellationToken)
    {
        var condition = Condition.Of(show.Where, time.GetUtcNow());
        var keys = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var (_, schema) in Measurements(show, database).SelectMany(g => g).ToList())
        {
            var parts = schema.Tags.Order(StringComparer.Ordinal)
                .Select(t => $"COALESCE({Condition.Sql($",{Escape(t)}=")} || regexp_replace({MeasurementSchema.TagColumn(t)}, '([,= ])', '\\\\\\1', 'g'), '')");
            var key = string.Join(" || ", parts.Prepend(Condition.Sql(Escape(schema.Name))));
            keys.UnionWith(await TextsAsync($"SELECT DISTINCT {key} FROM {schema.Table} WHERE {condition.Sql(schema)}", cancellationToken).ConfigureAwait(false));
        }

        return keys;
    }

    private static string Escape(string name) => Regex.Replace(name, "[,= ]", @"\$0", RegexOptions.None, TimeSpan.FromSeconds(1));

    private Task<List<string>> TextsAsync(string sql, CancellationToken cancellationToken) => store.ReadAsync(
        async connection =>
        {
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            var texts = new List<string>();
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                texts.Add(Convert.ToString(reader.GetValue(0), CultureInfo.InvariantCulture) ?? "");
            return texts;
        },
        cancellationToken);
}
