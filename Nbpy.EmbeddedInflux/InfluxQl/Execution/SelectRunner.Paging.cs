using System.Globalization;
using Nbpy.EmbeddedInflux.InfluxQl.Syntax;

namespace Nbpy.EmbeddedInflux.InfluxQl.Execution;

internal sealed partial class SelectRunner
{
    // Up to so many rows of each group are looked for by their times.
    private const int MostFirstRows = 1000;

    // SLIMIT and SOFFSET count the groups that a measurement has under the tags asked for, whether or not they have an answer.
    private async Task<List<ResultSeries>> PageAsync(SelectPlan plan, Relation relation, List<ResultSeries> series)
    {
        var statement = plan.Statement;
        if (statement.SeriesLimit is null && statement.SeriesOffset == 0)
            return series;
        if (plan.Dimensions.Count == 0)
            return [.. Page(series, statement.SeriesOffset, statement.SeriesLimit)];
        var filter = plan.Filter is null ? null : Sql.Condition(relation, TagsOnly(plan.Filter, relation));
        var groups = new List<string[]>();
        await foreach (var row in ReadAsync(
            $"SELECT DISTINCT {List(GroupColumns(plan, relation))} FROM {relation.Sql}{(filter is null ? "" : " WHERE " + filter)}").ConfigureAwait(false))
        {
            groups.Add([.. row.Cast<string>()]);
        }

        var kept = Page(groups.OrderBy(g => GroupKey(plan, g), StringComparer.Ordinal), statement.SeriesOffset, statement.SeriesLimit)
            .Select(Stream.Key).ToHashSet();
        return [.. series.Where(s => kept.Contains(Stream.Key([.. plan.Dimensions.Select(d => s.Tags![d])])))];
    }

    // Where each group's rows up to LIMIT lie, and what leaves out those behind them: a group is not read to its end for its first rows.
    private async Task<(TimeRange Range, string Qualify)> FirstRowsAsync(
        SelectPlan plan, Relation relation, string? exists, IEnumerable<string> order)
    {
        var rows = (RowLimit(plan.Statement) ?? 0) + plan.Statement.Offset;
        if (plan.Dimensions.Count == 0 || relation.Subquery || rows is 0 or > MostFirstRows)
            return (plan.Range, "");
        var (near, far) = plan.Statement.Descending ? ("max", "min") : ("min", "max");
        var sql = string.Create(CultureInfo.InvariantCulture, $"SELECT {far}(t) FROM (SELECT {List(GroupColumns(plan, relation))}, list_{far}({near}(time, {rows})) AS t")
            + $" FROM {relation.Sql}{Where(plan, relation, plan.Range, exists)} GROUP BY {List(GroupNames(plan))})";
        var range = plan.Range;
        await foreach (var row in ReadAsync(sql).ConfigureAwait(false))
        {
            if (row[0] is long time)
                range = plan.Statement.Descending ? range with { Min = time } : range with { Max = time };
        }

        return (range, string.Create(CultureInfo.InvariantCulture, $" QUALIFY row_number() OVER (PARTITION BY {List(GroupNames(plan))} ORDER BY {List(order)}) <= {rows}"));
    }

    // InfluxDB's order of groups: by the names of the tags they have, then by the values.
    private static string GroupKey(SelectPlan plan, string[] values)
    {
        var has = plan.Dimensions.Zip(values).Where(t => t.Second.Length > 0).ToList();
        return string.Join('|', has.Select(t => t.First).Concat(has.Select(t => t.Second)));
    }

    private static Expr TagsOnly(Expr filter, Relation relation) => filter switch
    {
        Paren p => new Paren(TagsOnly(p.Inner, relation)),
        Binary { Op: "AND" or "OR" } b => new Binary(b.Op, TagsOnly(b.Left, relation), TagsOnly(b.Right, relation)),
        _ when filter.Flatten().OfType<VarRef>().Any(v => v.Cast != "tag" && relation.Fields.ContainsKey(v.Name)) => new Literal(true),
        _ => filter,
    };
}
