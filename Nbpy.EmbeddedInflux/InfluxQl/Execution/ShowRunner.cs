using System.Globalization;
using Nbpy.EmbeddedInflux.InfluxQl.Syntax;
using Nbpy.EmbeddedInflux.Storage;

namespace Nbpy.EmbeddedInflux.InfluxQl.Execution;

/// <summary>Runs SHOW.</summary>
/// <param name="policy">The request's retention policy.</param>
internal sealed partial class ShowRunner(IStore store, long now, string? database, string? policy, CancellationToken cancellationToken)
{
    public async Task<IReadOnlyList<ResultSeries>> RunAsync(ShowStatement show)
    {
        switch (show.Kind)
        {
            case ShowKind.RetentionPolicies:
                return [RetentionPolicies(Names.Database(store, show.Database ?? database))];
        }

        var db = show.Database ?? database;
        if (string.IsNullOrEmpty(db))
            throw new StatementException("database name required");
        Check(show);
        // Neither names nor estimates are missed of a database that is not there.
        if (show.Kind != ShowKind.Measurements && !IsEstimate(show))
            _ = Names.Database(store, db);
        var schemas = Schemas(show, db).ToList();
        var relations = Relation.WithOthersFields(Relation.Merge(schemas.Select(Relation.Of)));
        await LoadKnownAsync(show, db, schemas, relations).ConfigureAwait(false);
        return show.Kind switch
        {
            ShowKind.Measurements => await MeasurementsAsync(show, relations).ConfigureAwait(false),
            ShowKind.MeasurementCardinality => await MeasurementCardinalityAsync(show, relations).ConfigureAwait(false),
            ShowKind.Series => await SeriesAsync(show, relations).ConfigureAwait(false),
            ShowKind.SeriesCardinality => await SeriesCardinalityAsync(show, relations).ConfigureAwait(false),
            ShowKind.TagKeys => await PerMeasurementAsync(show, relations, ["tagKey"],
                async r => Rows(await TagKeysAsync(show, r).ConfigureAwait(false))).ConfigureAwait(false),
            ShowKind.TagValues => await PerMeasurementAsync(show, relations, ["key", "value"], r => TagValuesAsync(show, r)).ConfigureAwait(false),
            ShowKind.FieldKeys => await PerMeasurementAsync(show, relations, ["fieldKey", "fieldType"], r => Task.FromResult(FieldKeys(r)))
                .ConfigureAwait(false),
            ShowKind.TagKeyCardinality => await CountsAsync(show, relations, null, TagKeys).ConfigureAwait(false),
            ShowKind.TagValuesCardinality => await CountsAsync(WithTag(show), relations, null, (r, series) => TagValues(r, series, show.Keys!)).ConfigureAwait(false),
            _ => await CountsAsync(show, relations, async r => await SeriesCountAsync(show, r).ConfigureAwait(false) > 0 ? r.Fields.Count : 0, (r, _) => r.Fields.Count).ConfigureAwait(false),
        };
    }

    private static ResultSeries Series(string? name, IReadOnlyList<string> columns, IEnumerable<object?[]> rows) =>
        new(name, null, columns, [.. rows]);

    private static List<object?[]> Rows(IEnumerable<string> values) => [.. values.Select(v => new object?[] { v })];

    private ResultSeries RetentionPolicies(string db) => Series(
        null,
        ["name", "duration", "shardGroupDuration", "replicaN", "default"],
        store.RetentionPolicies(db).Select(p => new object?[]
        {
            p.Name, Durations.Go(p.Duration), Durations.Go(p.ShardGroupDuration), (long)p.ReplicaN, p.IsDefault,
        }));

    private IEnumerable<MeasurementSchema> Schemas(ShowStatement show, string db)
    {
        // Field keys and what is counted are those of one policy; series, tags and measurements those of all, and so are the first two whatever
        // policy stands before the measurement. Only of a time does a series have a policy.
        var timed = show.Where?.Flatten().OfType<VarRef>().Any(v => v.Name.Equals("time", StringComparison.OrdinalIgnoreCase)) == true;
        var whole = show.Kind is ShowKind.TagKeys or ShowKind.TagValues || (show.Kind == ShowKind.Series && !timed);
        var preset = whole || show.Kind == ShowKind.Measurements || IsEstimate(show) ? null : Names.Resolve(store, db, policy).Policy;
        var measurements = store.Measurements(db, null);
        if (measurements.Count == 0)
            yield break;
        var sources = show.Sources.Where(s => IsLookedAt(show, db, s.Policy)).Select(s => (s.Policy, IsNamed: Patterns.Of(s))).ToList();
        var all = show.Sources.Count == 0 && IsLookedAt(show, db, null);
        foreach (var (name, schema) in measurements)
        {
            if ((all && (preset is null || preset == name))
                || sources.Exists(s => (whole || (s.Policy ?? preset) is not { } asked || asked == name) && s.IsNamed(schema.Name)))
            {
                yield return schema;
            }
        }
    }

    // InfluxDB finds all series by way of one policy's shards, and none where that policy has none.
    private bool IsLookedAt(ShowStatement show, string db, string? named)
    {
        if (show.Kind != ShowKind.Series)
            return true;
        var asked = named ?? Names.Resolve(store, db, policy).Policy;
        return store.ShardGroups(db).Any(g => g.Policy == asked);
    }

    private string Where(ShowStatement show, Relation relation)
    {
        var condition = Condition.Of(ShowCondition.Of(show, relation), now, TimeZoneInfo.Utc);
        var parts = new[] { condition.Range.Sql(), condition.Rest is { } rest ? Sql.Condition(relation, rest) : null }.OfType<string>().ToList();
        return parts.Count == 0 ? "" : " WHERE " + string.Join(" AND ", parts);
    }

    private async Task<List<Relation>> HavingRowsAsync(ShowStatement show, IReadOnlyList<Relation> relations)
    {
        if (show.Where is null)
            return [.. relations];
        var result = new List<Relation>();
        foreach (var relation in relations)
        {
            if (Known(show, relation) is { } known ? known.Count > 0
                : (await QueryAsync($"SELECT 1 FROM {relation.Sql}{Where(show, relation)} LIMIT 1").ConfigureAwait(false)).Count > 0)
                result.Add(relation);
        }

        return result;
    }

    private async Task<List<object?[]>> SeriesOfAsync(ShowStatement show, Relation relation) =>
        Known(show, relation)?.ConvertAll(values => (object?[])values) ?? await QueryAsync(SeriesSql(show, relation)).ConfigureAwait(false);

    private async Task<int> SeriesCountAsync(ShowStatement show, Relation relation) => Known(show, relation)?.Count
        ?? Convert.ToInt32((await QueryAsync($"SELECT count(*) FROM ({SeriesSql(show, relation)})").ConfigureAwait(false))[0][0], CultureInfo.InvariantCulture);

    private string SeriesSql(ShowStatement show, Relation relation) => relation.Tags.Count == 0
        ? $"SELECT 1 FROM {relation.Sql}{Where(show, relation)} LIMIT 1"
        : $"SELECT DISTINCT {string.Join(", ", Tags(relation).Select(t => Sql.Tag(relation, t)))} FROM {relation.Sql}{Where(show, relation)}";

    private async Task<IReadOnlyList<ResultSeries>> SeriesAsync(ShowStatement show, IReadOnlyList<Relation> relations)
    {
        var keys = new List<string>();
        foreach (var relation in relations)
        {
            var tags = Tags(relation);
            foreach (var row in await SeriesOfAsync(show, relation).ConfigureAwait(false))
            {
                keys.Add(Into.Escape(relation.Name, ", ") + string.Concat(tags.Zip(row).Where(t => t.Second is string { Length: > 0 })
                    .Select(t => $",{Into.Escape(t.First, ",= ")}={Into.Escape((string)t.Second!, ",= ")}")));
            }
        }

        keys.Sort(StringComparer.Ordinal);
        var rows = Page(show, Rows(keys));
        return rows.Count == 0 ? [] : [Series(null, ["key"], rows)];
    }

    private async Task<List<string>> TagKeysAsync(ShowStatement show, Relation relation)
    {
        var tags = Tags(relation);
        if (show.Where is null || tags.Count == 0)
            return tags;
        if (Known(show, relation) is { } known)
            return [.. tags.Where((_, i) => known.Exists(values => values[i].Length > 0))];
        var counts = string.Join(", ", tags.Select(t => $"count({MeasurementSchema.TagColumn(t)})"));
        var row = (await QueryAsync($"SELECT {counts} FROM {relation.Sql}{Where(show, relation)}").ConfigureAwait(false))[0];
        return [.. tags.Where((_, i) => Convert.ToInt64(row[i], CultureInfo.InvariantCulture) > 0)];
    }

    private async Task<List<object?[]>> TagValuesAsync(ShowStatement show, Relation relation)
    {
        var rows = new List<object?[]>();
        var tags = Tags(relation);
        foreach (var tag in tags.Where(show.Keys!))
        {
            // "value" is the tag's value, whatever it is called; it is a tag of that name as well, unless it is a field.
            var condition = show.Where is null ? null : Substitute(show.Where, tag);
            if (condition is not null && !relation.Fields.ContainsKey("value"))
                condition = new Binary("AND", new Paren(condition), new Paren(show.Where!));
            if (Known(show with { Where = condition }, relation) is { } known)
            {
                var place = tags.IndexOf(tag);
                rows.AddRange(known.Select(values => values[place]).Where(v => v.Length > 0).Distinct().Order(StringComparer.Ordinal).Select(v => new object?[] { tag, v }));
                continue;
            }

            var where = Where(show with { Where = condition }, relation);
            var sql = $"SELECT DISTINCT {MeasurementSchema.TagColumn(tag)} AS v FROM {relation.Sql}{where}"
                + $"{(where.Length == 0 ? " WHERE" : " AND")} {Sql.Tag(relation, tag)} <> '' ORDER BY v";
            rows.AddRange((await QueryAsync(sql).ConfigureAwait(false)).Select(r => new object?[] { tag, r[0] }));
        }

        return rows;
    }

    private static List<object?[]> FieldKeys(Relation relation) =>
        [.. relation.Fields.OrderBy(f => f.Key, StringComparer.Ordinal)
            .Select(f => new object?[] { f.Key, f.Value.ToString().ToLowerInvariant() })];

    private static async Task<IReadOnlyList<ResultSeries>> PerMeasurementAsync(
        ShowStatement show, IReadOnlyList<Relation> relations, string[] columns, Func<Relation, Task<List<object?[]>>> rows)
    {
        var result = new List<ResultSeries>();
        foreach (var relation in relations)
        {
            if (Page(show, await rows(relation).ConfigureAwait(false)) is { Count: > 0 } page)
                result.Add(Series(relation.Name, columns, page));
        }

        return result;
    }

    private static List<object?[]> Page(ShowStatement show, List<object?[]> rows) =>
        [.. rows.Skip((int)Math.Min(show.Offset, int.MaxValue)).Take((int)Math.Min(show.Limit ?? int.MaxValue, int.MaxValue))];

    private Task<List<object?[]>> QueryAsync(string sql) => store.ReadAsync(
        async connection =>
        {
            await using var command = connection.CreateCommand();
            command.CommandText = sql;
            await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            var rows = new List<object?[]>();
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? null : reader.GetValue(i))]);
            return rows;
        },
        cancellationToken);
}
