using DuckDB.NET.Data;
using Nbpy.EmbeddedInflux.InfluxQl.Syntax;
using Nbpy.EmbeddedInflux.Storage;

namespace Nbpy.EmbeddedInflux.InfluxQl.Execution;

/// <summary>Runs SELECT. DuckDB filters, groups and aggregates; what is left to do here is done on its answers: filling empty
/// intervals, transformations, arithmetic.</summary>
/// <param name="now">What <c>now()</c> is, in nanoseconds.</param>
/// <param name="database">The request's database.</param>
/// <param name="policy">The request's retention policy.</param>
/// <param name="limits">What a SELECT may ask for.</param>
internal sealed partial class SelectRunner(
    IStore store, DuckDBConnection connection, long now, string? database, string? policy, SelectLimits limits,
    CancellationToken cancellationToken)
{
    private readonly List<string> _temporary = [];
    private int _bucketBudget = Filler.MaxBuckets;

    public async Task<IReadOnlyList<ResultSeries>> RunAsync(SelectStatement statement)
    {
        Validation.CheckSources(statement);
        // InfluxDB looks for databases and policies before it looks at anything else.
        _ = Normalizer.Of(store, statement, database, policy);
        Validation.Check(statement, now);
        try
        {
            var series = (await RunAsync(statement, null).ConfigureAwait(false)).Series;
            return statement.Zone.Equals(TimeZoneInfo.Utc) ? series : series.ConvertAll(s => s with { Zone = statement.Zone });
        }
        finally
        {
            foreach (var table in _temporary)
                await ExecuteAsync("DROP TABLE IF EXISTS " + table).ConfigureAwait(false);
        }
    }

    private async Task<(SelectPlan Plan, IReadOnlyList<Relation> Relations, List<ResultSeries> Series)> RunAsync(
        SelectStatement statement, SelectPlan.Outer? outer)
    {
        var sources = new List<Relation>();
        foreach (var source in statement.Sources)
        {
            if (source is MeasurementSource measurement)
                sources.AddRange(Resolve(measurement));
            else
                sources.AddRange(await SubqueryAsync(((SubquerySource)source).Select with { Descending = statement.Descending }, statement, outer).ConfigureAwait(false));
        }

        var relations = Relation.WithOthersFields(Relation.Merge(sources));
        FieldTypes.Check(statement, relations);
        var plan = SelectPlan.Of(statement, relations, now, outer);
        plan = await WithinLimitsAsync(plan, relations).ConfigureAwait(false);
        var result = new List<ResultSeries>();
        foreach (var relation in statement.Descending ? relations.Reverse() : relations)
        {
            var series = plan.Calls.Count == 0
                ? await RawAsync(plan, relation).ConfigureAwait(false)
                : await AggregatedAsync(plan, relation).ConfigureAwait(false);
            // InfluxDB answers nothing for an offset of series without a limit of them.
            result.AddRange(statement is { SeriesOffset: > 0, SeriesLimit: null } ? []
                : relation.Subquery ? Page(series, statement.SeriesOffset, statement.SeriesLimit)
                : await PageAsync(plan, relation, series).ConfigureAwait(false));
        }

        return (plan, relations, result);
    }

    private static IEnumerable<T> Page<T>(IEnumerable<T> all, long offset, long? limit)
    {
        if (offset > 0)
            all = all.Skip((int)Math.Min(offset, int.MaxValue));
        return limit is { } n ? all.Take((int)Math.Min(n, int.MaxValue)) : all;
    }

    private (string Database, string Policy) Place(MeasurementSource source) =>
        Names.Resolve(store, source.Database ?? database, source.Policy ?? (source.Database is null ? policy : null));

    private IEnumerable<Relation> Resolve(MeasurementSource source)
    {
        var (db, rp) = Place(source);
        if (!source.IsRegex)
            return store.Measurements(db, rp, source.Name).Select(m => Relation.Of(m.Schema));
        var isNamed = Patterns.Of(source);
        return store.Measurements(db, rp).Select(m => m.Schema).Where(s => isNamed(s.Name)).Select(Relation.Of);
    }

    // Answers of a subquery become a temporary table with the layout of a measurement.
    private async Task<IEnumerable<Relation>> SubqueryAsync(SelectStatement inner, SelectStatement around, SelectPlan.Outer? outer)
    {
        var context = SelectPlan.ForSubquery(around, now, outer);
        var (plan, relations, series) = await RunAsync(inner, context).ConfigureAwait(false);
        var result = new List<Relation>();
        foreach (var group in series.GroupBy(s => s.Name!))
        {
            var relation = relations.First(r => r.Name == group.Key);
            var table = $"temp.main.nbpy_subquery_{Guid.NewGuid():N}";
            _temporary.Add(table);
            result.Add(await SubqueryTable.CreateAsync(connection, table, plan, relation, [.. group], cancellationToken)
                .ConfigureAwait(false));
        }

        return result;
    }

    private async Task<List<ResultSeries>> RawAsync(SelectPlan plan, Relation relation)
    {
        var references = plan.References.Where(r => r.Name != "time").ToList();
        var fields = references.Where(r => (r.Cast != "tag" && relation.Fields.ContainsKey(r.Name)) || (relation.Subquery && relation.Tags.Contains(r.Name)))
            .Select(r => Sql.Column(relation, r))
            .Where(c => c != "NULL").Distinct().ToList();
        if (fields.Count == 0)
            return [];
        var (sql, merge, skip, limit) = await RawQueryAsync(plan, relation, references, fields).ConfigureAwait(false);
        var evaluate = Evaluators(plan, references.Select((r, i) => ((Expr)r, i)).ToList());
        var (result, count) = (new List<ResultSeries>(), plan.Dimensions.Count);
        var rows = new List<object?[]>();
        // fill(number) stands for what a point lacks as well, in the column's type.
        var missing = plan.Columns.Where(c => c is not VarRef { Name: "time" }).Select(c => plan.Fill != FillKind.Number ? null
            : c is VarRef v && relation.Fields.GetValueOrDefault(v.Name, FieldType.Float) == FieldType.Integer && plan.Statement.FillValue is double number
                ? (long)number : plan.Statement.FillValue).ToList();
        var before = new object?[evaluate.Count];
        string[]? tags = null;
        await foreach (var row in ReadAsync(sql, merge, count).ConfigureAwait(false))
        {
            if (skip-- > 0)
                continue;
            if (limit-- == 0)
                break;
            if (tags is null || !SameTags(tags, row))
            {
                tags = [.. row.Take(count).Cast<string>()];
                result.Add(new ResultSeries(relation.Name, TagMap(plan, tags), plan.Names, rows = []));
            }

            var values = row.AsSpan(count + 1).ToArray();
            var line = new object?[plan.Names.Count];
            line[0] = row[count];
            for (var i = 0; i < evaluate.Count; i++)
                line[i + 1] = evaluate[i](values) ?? (plan.Fill == FillKind.Previous ? before[i] : missing[i]);
            if (plan.Fill == FillKind.Previous)
                before = line[1..];
            rows.Add(line);
        }

        return plan.Dimensions.Count == 0 ? result : Limit(result, plan.Statement);
    }

    // Points at one time stand in the order of their series.
    private static IEnumerable<string> Ties(SelectPlan plan, Relation relation, string direction) =>
        relation.Tags.Except(plan.Dimensions).Order(StringComparer.Ordinal).Select(t => Sql.Tag(relation, t) + direction);

    // Of an offset without a limit InfluxDB answers one row.
    private static long? RowLimit(SelectStatement statement) => statement.Limit ?? (statement.Offset > 0 ? 1 : null);

    private static List<ResultSeries> Limit(List<ResultSeries> series, SelectStatement statement) =>
        statement.Limit is null && statement.Offset == 0 ? series
            : [.. series.Select(s => s with { Values = [.. Page(s.Values, statement.Offset, RowLimit(statement))] }).Where(s => s.Values.Count > 0)];

    private static bool SameTags(string[] tags, object?[] row)
    {
        for (var i = 0; i < tags.Length; i++)
        {
            if (!tags[i].Equals(row[i]))
                return false;
        }

        return true;
    }

    private static Dictionary<string, string>? TagMap(SelectPlan plan, string[] tags) =>
        plan.Dimensions.Count == 0 ? null : plan.Dimensions.Zip(tags).ToDictionary(p => p.First, p => p.Second);

    // The columns' values from the values of references or calls.
    private static List<Func<object?[], object?>> Evaluators(SelectPlan plan, List<(Expr Expr, int Index)> slots) =>
        [.. plan.Columns.Where(c => c is not VarRef { Name: "time" }).Select(c =>
            plan.Untyped.Count > 0 && c.Flatten().Any(e => e is Call call && plan.Untyped.Contains(call.Key))
                ? _ => null : Evaluator.Compile(c, slots))];

    private static IEnumerable<string> GroupNames(SelectPlan plan) =>
        plan.Dimensions.Select((_, i) => FormattableString.Invariant($"g{i}"));

    private static IEnumerable<string> GroupColumns(SelectPlan plan, Relation relation) =>
        plan.Dimensions.Select((d, i) => FormattableString.Invariant($"{Sql.Tag(relation, d)} AS g{i}"));

    private static string List(IEnumerable<string> items) => string.Join(", ", items);

    private static string Where(SelectPlan plan, Relation relation, TimeRange range, params string?[] more)
    {
        // A subquery's interval may begin before the range: its points are in it, and so is what it answers. Only an aggregate of all has no place for it.
        if (relation.Subquery && (plan.Buckets is not null || plan.Calls.All(c => Function.Find(c.Name)!.Kind == FunctionKind.Transformation)))
            range = TimeRange.All;
        if (plan.DataMin > range.Min)
            range = range with { Min = plan.DataMin };
        var conditions = more.Prepend(plan.Filter is null ? null : Sql.Condition(relation, plan.Filter)).Prepend(range.Sql())
            .OfType<string>().ToList();
        return conditions.Count == 0 ? "" : " WHERE " + string.Join(" AND ", conditions);
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
    }

    private async IAsyncEnumerable<object?[]> ReadAsync(string sql)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            var row = new object?[reader.FieldCount];
            for (var i = 0; i < row.Length; i++)
                row[i] = reader.IsDBNull(i) ? null : reader.GetValue(i);
            yield return row;
        }
    }
}
