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
        && !show.Exact && show.Sources.Count == 0 && show.Where is null && show.Limit is null && show.Offset == 0;

    private async Task<IReadOnlyList<ResultSeries>> MeasurementCardinalityAsync(ShowStatement show, IReadOnlyList<Relation> relations)
    {
        var count = (await HavingRowsAsync(show, relations).ConfigureAwait(false)).Count;
        if (IsEstimate(show))
            return [Series(null, ["cardinality estimation"], [[(long)count]])];
        return count == 0 || show.Offset > 0 ? [] : [Series(null, ["count"], [[(long)count]])];
    }

    private async Task<IReadOnlyList<ResultSeries>> SeriesCardinalityAsync(ShowStatement show, IReadOnlyList<Relation> relations)
    {
        if (!IsEstimate(show))
            return await CountsAsync(show, relations, r => SeriesCountAsync(WithTag(show), r)).ConfigureAwait(false);
        var count = 0L;
        foreach (var relation in relations)
            count += await SeriesCountAsync(show, relation).ConfigureAwait(false);
        return [Series(null, ["cardinality estimation"], [[count]])];
    }

    /// <summary>Where InfluxDB counts, a series without the tag that a condition denies does not fit the condition.</summary>
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
