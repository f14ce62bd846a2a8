using System.Globalization;
using Nbpy.EmbeddedInflux.InfluxQl.Syntax;
using Nbpy.EmbeddedInflux.Storage;

namespace Nbpy.EmbeddedInflux.InfluxQl.Execution;

/// <summary>Runs EXPLAIN: a line per fact, as InfluxDB shapes it; what has no meaning here (files, blocks) is zero.</summary>
internal static class Explainer
{
    public static async Task<IReadOnlyList<ResultSeries>> RunAsync(
        IStore store, ExplainStatement explain, QueryRequest request, TimeProvider time, Func<Task<IReadOnlyList<ResultSeries>>> run,
        CancellationToken cancellationToken)
    {
        _ = Normalizer.Of(store, explain.Select, request.Database, request.Policy);
        if (explain.Analyze)
        {
            var started = time.GetTimestamp();
            var answer = await run().ConfigureAwait(false);
            var took = time.GetElapsedTime(started);
            return Lines("EXPLAIN ANALYZE",
                ".", "└── select",
                string.Create(CultureInfo.InvariantCulture, $"    ├── execution_time: {took.TotalMilliseconds:0.######}ms"),
                string.Create(CultureInfo.InvariantCulture, $"    ├── series: {answer.Count}"),
                string.Create(CultureInfo.InvariantCulture, $"    └── rows: {answer.Sum(s => s.Values.Count)}"));
        }

        var (calls, fields) = (explain.Select.Fields.SelectMany(f => f.Expr.Flatten()).OfType<Call>().ToList(),
            explain.Select.Fields.SelectMany(f => f.Expr.Flatten()).OfType<VarRef>().Select(v => StatementText.Of(v)).Distinct().ToList());
        var series = 0L;
        foreach (var source in explain.Select.Sources.OfType<MeasurementSource>().Where(s => !s.IsRegex))
        {
            var shown = await new ShowRunner(store, 0, request.Database, request.Policy, cancellationToken)
                .RunAsync(new ShowStatement(ShowKind.Series) { Database = source.Database, Sources = [source] }).ConfigureAwait(false);
            series += shown.Sum(s => s.Values.Count);
        }

        return Lines("QUERY PLAN",
            "EXPRESSION: " + (calls.Count == 0 ? "<nil>" : StatementText.Of(calls[0])),
            calls.Count == 0 ? "AUXILIARY FIELDS: " + string.Join(", ", fields) : "",
            "NUMBER OF SHARDS: 1",
            string.Create(CultureInfo.InvariantCulture, $"NUMBER OF SERIES: {series}"),
            "CACHED VALUES: 0", "NUMBER OF FILES: 0", "NUMBER OF BLOCKS: 0", "SIZE OF BLOCKS: 0");
    }

    private static IReadOnlyList<ResultSeries> Lines(string column, params string[] lines) =>
        [new ResultSeries(null, null, [column], [.. lines.Where(l => l.Length > 0).Select(l => new object?[] { l })])];
}
