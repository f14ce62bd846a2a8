using System.Text.RegularExpressions;
using Nbpy.EmbeddedInflux.InfluxQl.Syntax;

namespace Nbpy.EmbeddedInflux.InfluxQl.Execution;

/// <summary>Decides about series whose tags are in memory as <see cref="Sql.Condition"/> decides about rows.</summary>
internal sealed class TagFilter
{
    private readonly Dictionary<string, Regex?> _patterns = [];

    /// <summary>Whether a series fits; null where DuckDB must decide.</summary>
    /// <param name="relation">Its measurement.</param>
    /// <param name="condition">Without times.</param>
    /// <param name="value">The value of a tag; empty where the series lacks it.</param>
    public bool? Fits(Relation relation, Expr condition, Func<string, string> value)
    {
        switch (condition)
        {
            case Paren p:
                return Fits(relation, p.Inner, value);
            case Literal { Value: bool b }:
                return b;
            case Binary { Op: "AND" or "OR" } b:
                return Fits(relation, b.Left, value) is { } left && Fits(relation, b.Right, value) is { } right ? (b.Op == "AND" ? left && right : left || right) : null;
            case Binary { Op: "=" or "!=" or "=~" or "!~", Left: VarRef { Cast: null or "tag" } tag } b when tag.Cast == "tag" || (!relation.Fields.ContainsKey(tag.Name) && relation.OthersField(tag.Name) is null):
                return IsValue(value(tag.Name), b.Right) is { } same ? same == b.Op is "=" or "=~" : null;
            default:
                return null;
        }
    }

    /// <summary>Whether a value is the one, or one of those, that a literal says; null where DuckDB must decide.</summary>
    public bool? IsValue(string value, Expr literal) => literal switch
    {
        Literal { Value: string text } => value == text,
        RegexLiteral regex => value.AsSpan().IndexOfAnyInRange('\ud800', '\udfff') < 0 ? Pattern(regex.Pattern)?.IsMatch(value) : null,
        _ => null,
    };

    // Only what means the same in both languages of regular expressions.
    private Regex? Pattern(string pattern)
    {
        if (!_patterns.TryGetValue(pattern, out var regex))
        {
            var same = !pattern.Contains('\\') && !pattern.Contains("(?", StringComparison.Ordinal) && !pattern.Contains("[:", StringComparison.Ordinal)
                && !pattern.Contains("-[", StringComparison.Ordinal) && pattern.All(char.IsAscii);
            _patterns.Add(pattern, regex = same ? Patterns.Of(pattern) : null);
        }

        return regex;
    }
}
