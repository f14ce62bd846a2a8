using Nbpy.EmbeddedInflux.InfluxQl.Syntax;

namespace Nbpy.EmbeddedInflux.InfluxQl.Execution;

internal sealed partial class ShowRunner
{
    // What cannot be answered with a time in WHERE.
    private static void Check(ShowStatement show)
    {
        var what = show.Kind switch
        {
            ShowKind.Measurements => "MEASUREMENTS",
            ShowKind.MeasurementCardinality => "MEASUREMENT EXACT CARDINALITY",
            ShowKind.SeriesCardinality => "SERIES EXACT CARDINALITY",
            ShowKind.TagKeyCardinality => "TAG KEY EXACT CARDINALITY",
            ShowKind.FieldKeyCardinality => "FIELD KEY CARDINALITY",
            _ => null,
        };
        if (what is not null && show.Where is not null && show.Where.Flatten().Any(Condition.IsTime))
            throw new StatementException($"SHOW {what} doesn't support time in WHERE clause");
    }

    // An estimate is given for a whole database only.
    private static bool IsEstimate(ShowStatement show) => show.Kind is ShowKind.SeriesCardinality or ShowKind.MeasurementCardinality
        && !show.Exact && show.Sources.Count == 0 && show.Where is null && show.Dimensions.Count == 0 && show.Limit is null && show.Offset == 0;

    private async Task<IReadOnlyList<ResultSeries>> MeasurementCardinalityAsync(ShowStatement show, IReadOnlyList<Relation> relations)
    {
        if (IsEstimate(show))
            return Estimate(relations.Count);
        if (show.Dimensions.Count == 0)
        {
            var count = show.Offset > 0 ? 0 : (await HavingRowsAsync(show, relations).ConfigureAwait(false)).Count;
            return count == 0 ? [] : [Count(null, new Dictionary<string, string>(), count)];
        }

        var groups = await GroupsAsync(show, relations).ConfigureAwait(false);
        // Whatever its measurement, what has the same tags is one group.
        return [.. groups.GroupBy(g => Stream.Key([.. g.Tags.Values])).OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => Count(null, g.First().Tags, g.Count()))];
    }

    private async Task<IReadOnlyList<ResultSeries>> SeriesCardinalityAsync(ShowStatement show, IReadOnlyList<Relation> relations)
    {
        if (!IsEstimate(show))
            return await CountsAsync(show, relations, r => SeriesCountAsync(show, r), (_, series) => series.Count).ConfigureAwait(false);
        var count = 0L;
        foreach (var relation in relations)
            count += await SeriesCountAsync(show, relation).ConfigureAwait(false);
        return Estimate(count);
    }

    private static ResultSeries[] Estimate(long count) => [Series(null, ["cardinality estimation"], [[count]])];

    private static ResultSeries Count(string? name, IReadOnlyDictionary<string, string> tags, long count) =>
        Series(name, ["count"], [[count]]) with { Tags = tags.Count == 0 ? null : tags };

    /// <param name="show">The statement.</param>
    /// <param name="relations">The measurements.</param>
    /// <param name="whole">Counts a measurement that is not grouped where it lies; null: its series are asked for.</param>
    /// <param name="count">Counts a group's series.</param>
    private async Task<IReadOnlyList<ResultSeries>> CountsAsync(
        ShowStatement show, IReadOnlyList<Relation> relations, Func<Relation, Task<int>>? whole, Func<Relation, List<object?[]>, int> count)
    {
        if (whole is not null && show.Dimensions.Count == 0)
        {
            var counts = new List<ResultSeries>();
            foreach (var relation in show.Offset > 0 ? [] : relations)
            {
                if (await whole(relation).ConfigureAwait(false) is var n and > 0)
                    counts.Add(Count(relation.Name, new Dictionary<string, string>(), n));
            }

            return counts;
        }

        var groups = await GroupsAsync(show, relations).ConfigureAwait(false);
        return [.. groups.Select(g => (g, Count: count(g.Relation, g.Series))).Where(c => c.Count > 0)
            .Select(c => Count(c.g.Relation.Name, c.g.Tags, c.Count))];
    }

    // The series that are counted, by measurement and by the tags of GROUP BY. Each count is the one row of its answer: an offset leaves none.
    private async Task<List<(Relation Relation, Dictionary<string, string> Tags, List<object?[]> Series)>> GroupsAsync(
        ShowStatement show, IReadOnlyList<Relation> relations)
    {
        if (show.Dimensions.Any(d => d.Bare() is Call { Name: "time" }))
            throw new StatementException("GROUP BY time in SHOW is not supported by this server");
        var dimensions = SelectPlan.TagDimensions(show.Dimensions, [.. relations.SelectMany(r => r.Tags)]).Distinct().Order(StringComparer.Ordinal).ToList();
        List<(Relation, Dictionary<string, string>, List<object?[]>)> groups = [];
        foreach (var relation in show.Offset > 0 ? [] : relations)
        {
            var tags = Tags(relation);
            var places = dimensions.ConvertAll(tags.IndexOf);
            string[] Values(object?[] series) => [.. places.Select(p => p < 0 ? "" : (string?)series[p] ?? "")];
            foreach (var group in (await SeriesOfAsync(show, relation).ConfigureAwait(false)).GroupBy(s => Stream.Key(Values(s))).OrderBy(g => g.Key, StringComparer.Ordinal))
                groups.Add((relation, dimensions.Zip(Values(group.First())).ToDictionary(), [.. group]));
        }

        return groups;
    }

    private static int TagKeys(Relation relation, List<object?[]> series) =>
        Enumerable.Range(0, relation.Tags.Count).Count(i => series.Exists(s => s[i] is string { Length: > 0 }));

    private static int TagValues(Relation relation, List<object?[]> series, Func<string, bool> keys) =>
        Tags(relation).Index().Where(t => keys(t.Item)).SelectMany(t => series.Select(s => s[t.Index])).Where(v => v is string { Length: > 0 }).Distinct().Count();

    /// <summary>Where InfluxDB counts values, a series without the tag that a condition denies does not fit the condition.</summary>
    private static ShowStatement WithTag(ShowStatement show) => show with { Where = show.Where is null ? null : WithTag(show.Where) };

    private static Expr WithTag(Expr where) => where switch
    {
        Paren p => new Paren(WithTag(p.Inner)),
        Binary { Op: "AND" or "OR" } b => new Binary(b.Op, WithTag(b.Left), WithTag(b.Right)),
        Binary { Op: "!=" or "!~", Left: VarRef tag } b => new Paren(new Binary("AND", b, new Binary("!=", tag, new Literal("")))),
        _ => where,
    };

    private static Expr Substitute(Expr where, string tag) => where switch
    {
        Paren p => new Paren(Substitute(p.Inner, tag)),
        Binary b => new Binary(b.Op, Substitute(b.Left, tag), Substitute(b.Right, tag)),
        VarRef { Name: "value" } => new VarRef(tag, "tag"),
        _ => where,
    };
}
