using Nbpy.EmbeddedInflux.InfluxQl.Syntax;
using Nbpy.EmbeddedInflux.Storage;

namespace Nbpy.EmbeddedInflux.InfluxQl.Execution;

internal sealed partial class SelectRunner
{
    private const int MergeAhead = 1000;

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
