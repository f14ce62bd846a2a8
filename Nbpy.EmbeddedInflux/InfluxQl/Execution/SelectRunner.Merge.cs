using Nbpy.EmbeddedInflux.InfluxQl.Syntax;
using Nbpy.EmbeddedInflux.Storage;

namespace Nbpy.EmbeddedInflux.InfluxQl.Execution;

internal sealed partial class SelectRunner
{
    private const int MostMerged = 20_000;

    /// <summary>A query of points as they are.</summary>
    /// <param name="Sql">Answers their group's tags, times and columns.</param>
    /// <param name="Merge">Puts them into order; null where they are in it.</param>
    /// <param name="Skip">How many are left out after that.</param>
    /// <param name="Limit">How many are answered then; null: all.</param>
    private sealed record RawQuery(string Sql, SeriesMerge? Merge, long Skip, long? Limit);

    private async Task<RawQuery> RawQueryAsync(SelectPlan plan, Relation relation, List<VarRef> references, IReadOnlyList<string> fields)
    {
        var direction = plan.Statement.Descending ? " DESC" : "";
        var exists = relation.Subquery ? null : "(" + string.Join(" OR ", fields.Select(f => f + " IS NOT NULL")) + ")";
        var columns = references.ConvertAll(r => Sql.Column(relation, r));
        var texts = references.Index().OrderBy(r => r.Item.Name, StringComparer.Ordinal).Select(r => plan.Dimensions.Count + 1 + r.Index).ToList();
        var (offset, limit) = plan.Dimensions.Count == 0 ? (plan.Statement.Offset, RowLimit(plan.Statement)) : (0, null);
        var merge = await AreMergedAsync(plan, relation, exists).ConfigureAwait(false) ? MergeOf(plan, relation, plan.Dimensions.Count + 1 + columns.Count, texts) : null;
        var order = (merge is null ? Ties(plan, relation, direction) : []).Prepend("time" + direction).ToList();
        var (range, first) = merge is null ? await FirstRowsAsync(plan, relation, exists, order).ConfigureAwait(false) : (plan.Range, "");
        var sql = $"SELECT {List(GroupColumns(plan, relation).Append("time").Concat(columns).Concat(merge is null ? [] : [SeriesKey(relation)]))} FROM {relation.Sql}"
            + Where(plan, relation, range, exists) + first
            + $" ORDER BY {List(GroupNames(plan).Select(g => g + direction).Concat(order))}";
        if (merge is not null)
            return new RawQuery(sql, merge, offset, limit);
        if (limit is { } most)
            sql += FormattableString.Invariant($" LIMIT {most}");
        if (offset > 0)
            sql += FormattableString.Invariant($" OFFSET {offset}");
        return new RawQuery(sql, null, 0, limit);
    }

    // A page of very many points is read as such, in the order of their series: who turns pages must find each point once, and the merge's order depends on all.
    private async Task<bool> AreMergedAsync(SelectPlan plan, Relation relation, string? exists)
    {
        if (RowLimit(plan.Statement) is not null)
        {
            var some = FormattableString.Invariant($"(SELECT 1 FROM {relation.Sql}{Where(plan, relation, plan.Range, exists)} LIMIT {MostMerged + 1})");
            if (await CountAsync(some).ConfigureAwait(false) > MostMerged)
                return false;
        }

        return await MayTieAsync(plan, relation, plan.Range).ConfigureAwait(false);
    }

    // Null where a group is one series, or points are of a subquery and of no series.
    private SeriesMerge? MergeOf(SelectPlan plan, Relation relation, int keyAt, IReadOnlyList<int> textsAt)
    {
        if (relation.Subquery || relation.Tags.IsSubsetOf(plan.Dimensions))
            return null;
        var source = plan.Statement.Sources.OfType<MeasurementSource>().First();
        var (db, rp) = Place(source);
        return new SeriesMerge(plan.Dimensions.Count, keyAt, textsAt,
            [.. store.ShardGroups(db).Where(g => g.Policy == rp).Select(g => (g.Start - DateTime.UnixEpoch).Ticks * 100).Order()], plan.Statement.Descending);
    }

    // As InfluxDB sorts series; that it escapes what is in them hardly ever matters for that.
    private static string SeriesKey(Relation relation) => "concat(" + List(relation.Tags.Order(StringComparer.Ordinal).Select(t =>
        $"{Sql.Literal("," + t + "=")} || {MeasurementSchema.TagColumn(t)}")) + ")";

    // Rows, those of each group in the order of the merge.
    private async IAsyncEnumerable<object?[]> ReadAsync(string sql, SeriesMerge? merge, int tagCount)
    {
        var group = new List<object?[]>();
        await foreach (var row in ReadAsync(sql).ConfigureAwait(false))
        {
            if (merge is null)
            {
                yield return row;
                continue;
            }

            if (group.Count > 0 && !group[0].AsSpan(0, tagCount).SequenceEqual(row.AsSpan(0, tagCount)))
            {
                foreach (var merged in merge.Of(group))
                    yield return merged;
                group = [];
            }

            group.Add(row);
        }

        foreach (var merged in merge?.Of(group) ?? [])
            yield return merged;
    }
}
