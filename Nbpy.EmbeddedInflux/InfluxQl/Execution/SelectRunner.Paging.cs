using Nbpy.EmbeddedInflux.InfluxQl.Syntax;

namespace Nbpy.EmbeddedInflux.InfluxQl.Execution;

internal sealed partial class SelectRunner
{
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
