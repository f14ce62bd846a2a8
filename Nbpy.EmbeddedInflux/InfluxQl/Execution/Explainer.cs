using System.Globalization;
using Nbpy.EmbeddedInflux.InfluxQl.Syntax;
using Nbpy.EmbeddedInflux.Storage;

namespace Nbpy.EmbeddedInflux.InfluxQl.Execution;

/// <summary>Runs EXPLAIN: a line per fact, as InfluxDB shapes it; what has no meaning here (cache, files, blocks) is zero.</summary>
internal static class Explainer
{
    public static async Task<IReadOnlyList<ResultSeries>> RunAsync(
        IStore store, ExplainStatement explain, QueryRequest request, TimeProvider time, Func<Task<IReadOnlyList<ResultSeries>>> run,
        CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        var select = Normalizer.Of(store, explain.Select, request.Database, request.Policy);
        if (explain.Analyze)
        {
            var planned = time.GetTimestamp();
            var answer = await run().ConfigureAwait(false);
            var ended = time.GetTimestamp();
            return Lines("EXPLAIN ANALYZE",
                ".", "└── select",
                "    ├── execution_time: " + Durations.Go(time.GetElapsedTime(planned, ended)),
                "    ├── planning_time: " + Durations.Go(time.GetElapsedTime(begun, planned)),
                "    ├── total_time: " + Durations.Go(time.GetElapsedTime(begun, ended)),
                "    └── build_cursor",
                "        ├── labels",
                "        │\u00a0\u00a0 └── statement: " + StatementText.Of(select),
                string.Create(CultureInfo.InvariantCulture, $"        ├── series: {answer.Count}"),
                string.Create(CultureInfo.InvariantCulture, $"        └── rows: {answer.Sum(s => s.Values.Count)}"),
                "");
        }

        var now = (time.GetUtcNow().UtcTicks - DateTime.UnixEpoch.Ticks) * 100;
        Validation.CheckSources(explain.Select);
        Validation.Check(explain.Select, now);
        var plans = new List<string[]>();
        await AddAsync(plans, store, select, now, cancellationToken).ConfigureAwait(false);
        // What is read from a measurement is listed in the order of its text, an empty line between two.
        return Lines("QUERY PLAN", plans.Count == 0 ? [""] : [.. plans.SelectMany((plan, i) => i == 0 ? plan : plan.Prepend(""))]);
    }

    // A statement reads its measurements; of a subquery those are the subquery's.
    private static async Task AddAsync(List<string[]> plans, IStore store, SelectStatement select, long now, CancellationToken cancellationToken)
    {
        foreach (var subquery in select.Sources.OfType<SubquerySource>())
            await AddAsync(plans, store, subquery.Select, now, cancellationToken).ConfigureAwait(false);
        foreach (var source in select.Sources.OfType<MeasurementSource>())
        {
            var isNamed = Patterns.Of(source);
            var relations = Relation.Merge(store.Measurements(source.Database!, source.Policy).Where(m => isNamed(m.Schema.Name)).Select(m => Relation.Of(m.Schema)));
            var plan = SelectPlan.Of(select, relations, now, null);
            var shards = store.ShardGroups(source.Database!).Count(g => g.Policy == source.Policy && Nanoseconds(g.End) > plan.Range.Min && Nanoseconds(g.Start) <= plan.Range.Max);
            if (relations.Count == 0 || shards == 0)
                continue;
            var fields = relations.SelectMany(r => r.Fields).DistinctBy(f => f.Key).ToDictionary(f => f.Key, f => f.Value);
            var tags = relations.SelectMany(r => r.Tags).ToHashSet();
            var auxiliary = plan.References.Select(r => Typed(r, fields, tags)).OfType<string>().Distinct().Order(StringComparer.Ordinal).ToList();
            var expressions = plan.Calls.Select(c => Expression(c, fields, tags)).OfType<string>().Distinct().Order(StringComparer.Ordinal).ToList();
            if (plan.Calls.Count == 0 && auxiliary.Count > 0)
                expressions = ["<nil>"];
            var shown = await new ShowRunner(store, now, source.Database, source.Policy, cancellationToken)
                .RunAsync(new ShowStatement(ShowKind.Series) { Database = source.Database, Sources = [source], Where = OfTags(plan.Filter, tags) }).ConfigureAwait(false);
            var series = shown.Sum(s => s.Values.Count);
            plans.AddRange(expressions.Select(e => Plan(e, auxiliary, shards * (source.IsRegex ? relations.Count : 1), shards * series)));
        }
    }

    // A condition of fields leaves no series out.
    private static Expr? OfTags(Expr? filter, HashSet<string> tags) =>
        filter?.Flatten().OfType<VarRef>().All(v => tags.Contains(v.Name)) == true ? filter : null;

    private static string[] Plan(string expression, List<string> auxiliary, int shards, int series) =>
    [
        "EXPRESSION: " + expression, .. auxiliary.Count > 0 ? ["AUXILIARY FIELDS: " + string.Join(", ", auxiliary)] : Array.Empty<string>(),
        string.Create(CultureInfo.InvariantCulture, $"NUMBER OF SHARDS: {shards}"),
        string.Create(CultureInfo.InvariantCulture, $"NUMBER OF SERIES: {series}"),
        "CACHED VALUES: 0", "NUMBER OF FILES: 0", "NUMBER OF BLOCKS: 0", "SIZE OF BLOCKS: 0",
    ];

    // What a shard computes by itself is an expression of the plan; of any other function it is the field that is read.
    private static string? Expression(Call call, Dictionary<string, FieldType> fields, HashSet<string> tags) => call.Args.FirstOrDefault() switch
    {
        Call inner => Expression(inner, fields, tags),
        VarRef field when Typed(field, fields, tags) is { } typed =>
            call.Name is "count" or "sum" or "mean" or "min" or "max" or "first" or "last" ? $"{call.Name}({typed})" : typed,
        _ => null,
    };

    private static string? Typed(VarRef name, Dictionary<string, FieldType> fields, HashSet<string> tags) =>
        name.Cast != "tag" && fields.TryGetValue(name.Name, out var type) ? $"{StatementText.Identifier(name.Name)}::{type.ToString().ToLowerInvariant()}"
        : tags.Contains(name.Name) ? StatementText.Identifier(name.Name) + "::tag"
        : null;

    private static long Nanoseconds(DateTime time) => (time.Ticks - DateTime.UnixEpoch.Ticks) * 100;

    private static IReadOnlyList<ResultSeries> Lines(string column, params string[] lines) =>
        [new ResultSeries(null, null, [column], [.. lines.Select(l => new object?[] { l })])];
}
