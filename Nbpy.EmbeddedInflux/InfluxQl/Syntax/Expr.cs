using System.Globalization;

namespace Nbpy.EmbeddedInflux.InfluxQl.Syntax;

/// <summary>An InfluxQL expression.</summary>
internal abstract record Expr;

/// <summary>A field, a tag or <c>time</c>; <paramref name="Cast"/> is what follows <c>::</c>, or null.</summary>
internal sealed record VarRef(string Name, string? Cast = null) : Expr;

/// <summary>A function call; names are in lower case.</summary>
internal sealed record Call(string Name, IReadOnlyList<Expr> Args) : Expr
{
    // Records compare lists by reference: equal calls are found by their text.
    public string Key => Name + "(" + string.Join(",", Args.Select(a => a is Call c ? c.Key : a.ToString())) + ")";
}

internal sealed record Binary(string Op, Expr Left, Expr Right) : Expr;

internal sealed record Paren(Expr Inner) : Expr;

/// <summary>A number, string or boolean: double, long, string or bool.</summary>
internal sealed record Literal(object? Value) : Expr;

/// <summary>A duration in nanoseconds.</summary>
internal sealed record DurationLiteral(long Nanoseconds) : Expr;

internal sealed record RegexLiteral(string Pattern) : Expr;

/// <summary><c>*</c>; <paramref name="Kind"/> is <c>field</c>, <c>tag</c> or null for both.</summary>
internal sealed record Wildcard(string? Kind = null) : Expr;

/// <summary>Walks over expressions.</summary>
internal static class ExprWalk
{
    /// <summary>The expression and everything under it.</summary>
    public static IEnumerable<Expr> Flatten(this Expr expr)
    {
        yield return expr;
        var children = expr switch
        {
            Binary b => [b.Left, b.Right],
            Paren p => [p.Inner],
            Call c => c.Args,
            _ => (IReadOnlyList<Expr>)[],
        };
        foreach (var child in children)
        {
            foreach (var e in child.Flatten())
                yield return e;
        }
    }

    /// <summary>What InfluxDB's messages call the expression.</summary>
    public static string GoType(this Expr expr) => "*influxql." + expr switch
    {
        VarRef => "VarRef",
        Call => "Call",
        Paren => "ParenExpr",
        DurationLiteral => "DurationLiteral",
        RegexLiteral => "RegexLiteral",
        Wildcard => "Wildcard",
        Literal { Value: bool } => "BooleanLiteral",
        Literal { Value: string } => "StringLiteral",
        Literal { Value: long } => "IntegerLiteral",
        Literal => "NumberLiteral",
        _ => "BinaryExpr",
    };

    /// <summary>The expression without parentheses around it.</summary>
    public static Expr Bare(this Expr expr) => expr is Paren p ? p.Inner.Bare() : expr;
}
