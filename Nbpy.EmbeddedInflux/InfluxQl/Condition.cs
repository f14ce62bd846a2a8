using System.Globalization;
using System.Text;
using Nbpy.EmbeddedInflux.Storage;

namespace Nbpy.EmbeddedInflux.InfluxQl;

/// <summary>A WHERE clause taken apart: the time range, and the rest as SQL for one measurement.</summary>
internal sealed class Condition
{
    private readonly DateTimeOffset now;
    private readonly List<Expression> rest = [];

    private Condition(DateTimeOffset now) => this.now = now;

    /// <summary>First ns included; null: no bound.</summary>
    public long? From { get; private set; }

    /// <summary>First ns excluded; null: no bound.</summary>
    public long? Until { get; private set; }

    /// <exception cref="StatementException">Time stands under an OR, or is compared with what is no time.</exception>
    public static Condition Of(Expression? where, DateTimeOffset now)
    {
        var condition = new Condition(now);
        if (where is not null)
            condition.Add(where);
        return condition;
    }

    /// <summary>The condition as SQL, <c>TRUE</c> when there is none.</summary>
    public string Sql(MeasurementSchema schema)
    {
        var sql = new StringBuilder("TRUE");
        if (From is { } from)
            sql.Append(CultureInfo.InvariantCulture, $" AND time >= {from}");
        if (Until is { } until)
            sql.Append(CultureInfo.InvariantCulture, $" AND time < {until}");
        foreach (var expression in rest)
            sql.Append(" AND ").Append(Predicate(expression, schema));
        return sql.ToString();
    }

    private void Add(Expression expression)
    {
        if (expression is Binary { Op: "AND" } and)
        {
            Add(and.Left);
            Add(and.Right);
        }
        else if (expression is Binary { Left: Reference { Name: "time" or "TIME" } } left)
            Bound(left.Op, Time(left.Right));
        else if (expression is Binary { Right: Reference { Name: "time" or "TIME" } } right)
            Bound(right.Op switch { "<" => ">", "<=" => ">=", ">" => "<", ">=" => "<=", _ => right.Op }, Time(right.Left));
        else
            rest.Add(expression);
    }

    private void Bound(string op, long ns)
    {
        if (op is ">" or ">=" or "=")
            From = Math.Max(From ?? long.MinValue, op == ">" ? ns + 1 : ns);
        if (op is "<" or "<=" or "=")
            Until = Math.Min(Until ?? long.MaxValue, op == "<" ? ns : ns + 1);
        if (op is not (">" or ">=" or "=" or "<" or "<="))
            throw new StatementException($"invalid time comparison operator: {op}");
    }

    /// <summary>A constant time in ns: now(), a duration or integer since the epoch, a date, and their sums.</summary>
    private long Time(Expression expression) => expression switch
    {
        Literal { Value: long ns } => ns,
        Literal { Value: double ns } => (long)ns,
        DurationLiteral d => d.Ns,
        Call { Name: "now", Args.Count: 0 } => (now.UtcTicks - DateTime.UnixEpoch.Ticks) * 100,
        Literal { Value: string text } => Rfc3339Time.Parse(text) ?? throw new StatementException($"invalid operation: time and *influxql.StringLiteral are not compatible: {text}"),
        Binary { Op: "+" } sum => Time(sum.Left) + Time(sum.Right),
        Binary { Op: "-" } difference => Time(difference.Left) - Time(difference.Right),
        _ => throw new StatementException("time is compared with something that is no time"),
    };

    private static string Predicate(Expression expression, MeasurementSchema schema)
    {
        if (expression is Binary { Op: "AND" or "OR" } both)
            return $"({Predicate(both.Left, schema)} {both.Op} {Predicate(both.Right, schema)})";
        if (expression is Literal { Value: bool constant })
            return constant ? "TRUE" : "FALSE";
        if (expression is not Binary comparison)
            throw new StatementException("a condition must be a comparison");
        if (comparison.Left is not Reference && comparison.Right is Reference)
            comparison = new Binary(comparison.Op switch { "<" => ">", "<=" => ">=", ">" => "<", ">=" => "<=", _ => comparison.Op }, comparison.Right, comparison.Left);
        if (comparison.Left is Reference { Name: "time" })
            throw new StatementException("cannot use OR with time: a time bound must hold for the whole query");
        if (comparison.Left is Reference tag && !schema.Fields.ContainsKey(tag.Name))
            return TagPredicate(tag.Name, comparison, schema);
        if (comparison is { Left: Reference field, Right: RegexLiteral regex })
            return schema.Fields[field.Name] == FieldType.String
                ? $"{(comparison.Op == "!~" ? "NOT " : "")}regexp_matches({MeasurementSchema.FieldColumn(field.Name)}, {Sql(regex.Pattern)})"
                : "FALSE";
        var op = comparison.Op == "!=" ? "<>" : comparison.Op;
        if (op is not ("=" or "<>" or "<" or "<=" or ">" or ">="))
            throw new StatementException($"'{comparison.Op}' is no comparison");
        if (comparison is { Left: Reference typed, Right: Literal literal } && !Comparable(schema.Fields[typed.Name], literal.Value))
            return "FALSE";
        return $"COALESCE({Scalar.Sql(comparison.Left, schema)} {op} {Scalar.Sql(comparison.Right, schema)}, FALSE)";
    }

    private static bool Comparable(FieldType type, object value) => type switch
    {
        FieldType.String => value is string,
        FieldType.Boolean => value is bool,
        _ => value is long or double,
    };

    /// <summary>A tag that a point lacks is the empty string.</summary>
    private static string TagPredicate(string name, Binary comparison, MeasurementSchema schema)
    {
        var column = schema.Tags.Contains(name) ? $"COALESCE({MeasurementSchema.TagColumn(name)}, '')" : "''";
        return (comparison.Op, comparison.Right) switch
        {
            ("=", Literal { Value: string text }) => $"{column} = {Sql(text)}",
            ("!=", Literal { Value: string text }) => $"{column} <> {Sql(text)}",
            ("=~", RegexLiteral regex) => $"regexp_matches({column}, {Sql(regex.Pattern)})",
            ("!~", RegexLiteral regex) => $"NOT regexp_matches({column}, {Sql(regex.Pattern)})",
            (_, Reference other) when schema.Tags.Contains(other.Name) && comparison.Op is "=" or "!=" =>
                $"{column} {(comparison.Op == "=" ? "=" : "<>")} COALESCE({MeasurementSchema.TagColumn(((Reference)comparison.Right).Name)}, '')",
            _ => "FALSE",
        };
    }

    /// <summary>A text as SQL.</summary>
    public static string Sql(string text) => "'" + text.Replace("'", "''", StringComparison.Ordinal) + "'";
}
