using System.Globalization;
using Nbpy.EmbeddedInflux.InfluxQl.Syntax;
using Nbpy.EmbeddedInflux.Storage;

namespace Nbpy.EmbeddedInflux.InfluxQl.Execution;

/// <summary>InfluxQL conditions as SQL over a relation. Types that do not compare make a condition false, as in InfluxDB.</summary>
internal static class Sql
{
    /// <summary>What an expression is; <see cref="None"/> compares with nothing.</summary>
    private enum Kind
    {
        None,
        Number,
        Text,
        Boolean,
    }

    public static string Literal(string value) => "'" + value.Replace("'", "''", StringComparison.Ordinal) + "'";

    public static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture) + "::DOUBLE";

    /// <summary>A tag that no point has is empty, never NULL.</summary>
    public static string Tag(Relation relation, string name) =>
        relation.Tags.Contains(name) ? $"coalesce({MeasurementSchema.TagColumn(name)}, '')" : "''";

    /// <summary>The column a name stands for, NULL when the relation has none.</summary>
    public static string Column(Relation relation, VarRef v)
    {
        if (v.Cast != "tag" && relation.Fields.TryGetValue(v.Name, out var type))
        {
            var column = MeasurementSchema.FieldColumn(v.Name);
            return (v.Cast, type) switch
            {
                (null or "field", _) or ("float", FieldType.Float) or ("integer", FieldType.Integer) or ("string", FieldType.String)
                    or ("boolean", FieldType.Boolean) => column,
                ("float", FieldType.Integer) => $"{column}::DOUBLE",
                // What does not fit becomes what the processor InfluxDB usually runs on makes of it.
                ("integer", FieldType.Float) => $"(CASE WHEN abs({column}) < 9223372036854775808.0 THEN trunc({column})::BIGINT WHEN {column} IS NOT NULL THEN {long.MinValue} END)",
                _ => "NULL",
            };
        }

        return v.Cast is null or "tag" && relation.Tags.Contains(v.Name) ? MeasurementSchema.TagColumn(v.Name) : "NULL";
    }

    /// <summary>The condition; the SQL is NULL or FALSE for rows that do not fit.</summary>
    public static string Condition(Relation relation, Expr condition)
    {
        var (sql, kind) = Of(relation, condition);
        return kind == Kind.Boolean ? sql : "FALSE";
    }

    private static (string Sql, Kind Kind) Of(Relation relation, Expr expr)
    {
        switch (expr)
        {
            case Paren p:
                var inner = Of(relation, p.Inner);
                return ($"({inner.Sql})", inner.Kind);
            case Literal { Value: long n }:
                return (n.ToString(CultureInfo.InvariantCulture), Kind.Number);
            case Literal { Value: double d }:
                return (Number(d), Kind.Number);
            case Literal { Value: string s }:
                return (Literal(s), Kind.Text);
            case Literal { Value: bool b }:
                return (b ? "TRUE" : "FALSE", Kind.Boolean);
            case VarRef v:
                return Variable(relation, v);
            case Binary b:
                return Operation(relation, b);
            case Call c when Maths.Sql(c.Name) is { } function && c.Args.Count == 1:
                var (arg, kind) = Of(relation, c.Args[0]);
                return kind == Kind.Number ? ($"{function}({arg})", Kind.Number) : ("NULL", Kind.None);
            case Call c:
                throw new StatementException($"invalid function call in condition: {StatementText.Of(c)}");
            case RegexLiteral or DurationLiteral:
                // A bound parameter; it compares with nothing.
                return ("NULL", Kind.None);
            default:
                throw new StatementException("invalid condition: this expression is not supported in WHERE");
        }
    }

    private static (string Sql, Kind Kind) Variable(Relation relation, VarRef v)
    {
        if (v.Cast is null or "field" && relation.OthersField(v.Name) is { } others)
            return ($"NULL::{Relation.SqlType(others)}", others switch { FieldType.String => Kind.Text, FieldType.Boolean => Kind.Boolean, _ => Kind.Number });
        if (v.Cast == "tag" || !relation.Fields.TryGetValue(v.Name, out var type))
            return v.Cast is null or "tag" ? (Tag(relation, v.Name), Kind.Text) : ("NULL", Kind.None);
        var kind = v.Cast is "float" or "integer" ? Kind.Number : type switch
        {
            FieldType.Float or FieldType.Integer => Kind.Number,
            FieldType.String => Kind.Text,
            _ => Kind.Boolean,
        };
        return (Column(relation, v), kind);
    }

    private static (string Sql, Kind Kind) Operation(Relation relation, Binary b)
    {
        if (b.Op is "=~" or "!~")
        {
            var (subject, subjectKind) = Of(relation, b.Left);
            var pattern = ((RegexLiteral)b.Right).Pattern;
            return (subjectKind == Kind.Text
                ? $"{(b.Op == "!~" ? "NOT " : "")}regexp_matches({subject}, {Literal(pattern)})" : "FALSE", Kind.Boolean);
        }

        var (left, leftKind) = Of(relation, b.Left);
        var (right, rightKind) = Of(relation, b.Right);
        switch (b.Op)
        {
            case "AND" or "OR":
                return leftKind == Kind.Boolean && rightKind == Kind.Boolean ? ($"({left} {b.Op} {right})", Kind.Boolean) : ("FALSE", Kind.Boolean);
            case "=" or "!=":
                return leftKind == rightKind && leftKind != Kind.None
                    ? ($"({left} {b.Op} {right})", Kind.Boolean) : ("FALSE", Kind.Boolean);
            case "<" or "<=" or ">" or ">=":
                return leftKind == Kind.Number && rightKind == Kind.Number ? ($"({left} {b.Op} {right})", Kind.Boolean) : ("FALSE", Kind.Boolean);
            default:
                if (leftKind != Kind.Number || rightKind != Kind.Number)
                    return ("NULL", Kind.None);
                return (b.Op switch
                {
                    "/" => $"(CASE WHEN {right} = 0 THEN 0 ELSE {left} / {right} END)",
                    "%" => $"(CASE WHEN {right} = 0 THEN 0 ELSE {left} % {right} END)",
                    "^" => $"xor({left}, {right})",
                    _ => $"({left} {b.Op} {right})",
                }, Kind.Number);
        }
    }
}
