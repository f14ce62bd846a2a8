using Nbpy.EmbeddedInflux.InfluxQl.Syntax;
using Nbpy.EmbeddedInflux.Storage;

namespace Nbpy.EmbeddedInflux.InfluxQl.Execution;

/// <summary>The types of a SELECT's expressions, and what InfluxDB refuses by them.</summary>
internal static class FieldTypes
{
    private const string Unknown = "";

    /// <summary>Refuses an operator between types that it is not made for.</summary>
    /// <exception cref="StatementException">As InfluxDB words it.</exception>
    public static void Check(SelectStatement statement, IReadOnlyList<Relation> relations)
    {
        foreach (var field in statement.Fields.Where(f => f.Expr.Flatten().Any(e => e is Binary)))
            Of(field.Expr, relations);
    }

    private static string Of(Expr expr, IReadOnlyList<Relation> relations)
    {
        switch (expr)
        {
            case VarRef v:
                return TypeOf(v, relations);
            case Paren p:
                return Of(p.Inner, relations);
            case Literal { Value: long }:
                return "integer";
            case Literal { Value: double }:
                return "float";
            case Literal { Value: bool }:
                return "boolean";
            case Literal { Value: string }:
                return "string";
            case Call c when c.Name is "count" or "elapsed":
                return "integer";
            case Call c when c.Name is "abs" or "floor" or "ceil" or "round" or "distinct" or "mode" or "first" or "last" or "min" or "max" or "percentile" or "sample"
                or "top" or "bottom" or "sum" or "spread" or "difference" or "non_negative_difference" or "cumulative_sum":
                return c.Args.Count > 0 ? Of(c.Args[0], relations) : Unknown;
            case Call:
                return "float";
            case Binary b:
                var (left, right) = (Of(b.Left, relations), Of(b.Right, relations));
                return left == Unknown ? right : right == Unknown ? left
                    : Result(b.Op, left, right) ?? throw new StatementException($"type error: {StatementText.Of(Typed(b, relations))}: incompatible types: {left} and {right}");
            default:
                return Unknown;
        }
    }

    private static string? Result(string op, string left, string right) => (op, left, right) switch
    {
        ("&" or "|" or "^", "boolean", "boolean") => "boolean",
        ("/", "integer", "integer") => "float",
        (_, "integer", "integer") => "integer",
        ("+" or "-" or "*" or "/" or "%", "integer" or "float", "integer" or "float") => "float",
        _ => null,
    };

    private static string TypeOf(VarRef reference, IReadOnlyList<Relation> relations)
    {
        if (reference.Cast is { } cast and not ("field" or "tag"))
            return cast;
        var types = relations.Where(r => r.Fields.ContainsKey(reference.Name)).Select(r => r.Fields[reference.Name]).ToList();
        if (types.Count > 0 && reference.Cast != "tag")
            return types.Min() switch { FieldType.Float => "float", FieldType.Integer => "integer", FieldType.String => "string", _ => "boolean" };
        return relations.Any(r => r.Tags.Contains(reference.Name)) && reference.Cast != "field" ? "tag" : Unknown;
    }

    /// <summary>As InfluxDB writes it: each field with its type.</summary>
    private static Expr Typed(Expr expr, IReadOnlyList<Relation> relations) => expr switch
    {
        VarRef { Cast: null } v => TypeOf(v, relations) is { Length: > 0 } type ? v with { Cast = type } : v,
        Paren p => new Paren(Typed(p.Inner, relations)),
        Binary b => new Binary(b.Op, Typed(b.Left, relations), Typed(b.Right, relations)),
        Call c => new Call(c.Name, [.. c.Args.Select(a => Typed(a, relations))]),
        _ => expr,
    };
}
