using Nbpy.EmbeddedInflux.InfluxQl.Syntax;

namespace Nbpy.EmbeddedInflux.InfluxQl.Execution;

/// <summary>WHERE of a SHOW that lists series, tag keys or tag values: series are chosen by their tags, never by what their fields
/// hold. What InfluxDB does about the rest depends on how it runs the statement.</summary>
internal static class ShowCondition
{
    private static readonly Literal True = new(true);
    private static readonly Literal False = new(false);

    public static Expr? Of(ShowStatement show, Relation relation)
    {
        if (show.Where is null)
            return null;
        // With a time, and where it counts, InfluxDB makes a SELECT of the statement, which sees no fields.
        var counts = show.Kind is ShowKind.SeriesCardinality or ShowKind.MeasurementCardinality or ShowKind.TagKeyCardinality or ShowKind.TagValuesCardinality
            or ShowKind.FieldKeyCardinality;
        return Of(show.Where, relation, counts || show.Where.Flatten().Any(Condition.IsTime));
    }

    private static Expr Of(Expr where, Relation relation, bool select) => where switch
    {
        Paren p => new Paren(Of(p.Inner, relation, select)),
        Binary { Op: "AND" or "OR" } b => new Binary(b.Op, Of(b.Left, relation, select), Of(b.Right, relation, select)),
        Binary b when Condition.IsTime(b.Left) || Condition.IsTime(b.Right) => b,
        Binary { Op: "<" or "<=" or ">" or ">=" } when !select => throw new StatementException("invalid tag comparison operator"),
        Binary { Op: "<" or "<=" or ">" or ">=" } => False,
        Binary { Op: "=" or "!=", Left: VarRef left, Right: Literal { Value: long or double or bool } } => select || left.Cast == "tag" ? False : True,
        Binary { Op: "=" or "!=" or "=~" or "!~", Left: VarRef v } when v.Cast != "tag" && relation.Fields.ContainsKey(v.Name) => select ? False : True,
        Binary { Op: "=" or "!=" or "=~" or "!~", Left: VarRef v } when select && v.Cast != "tag" && relation.OthersField(v.Name) is not null => False,
        _ => where,
    };
}
