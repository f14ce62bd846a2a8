using System.Globalization;
using System.Text.RegularExpressions;
using Nbpy.EmbeddedInflux.InfluxQl.Syntax;

namespace Nbpy.EmbeddedInflux.InfluxQl.Execution;

/// <summary>A WHERE clause taken apart: the times, which InfluxDB always intersects, and the rest.</summary>
internal sealed partial record Condition(TimeRange Range, Expr? Rest)
{
    private static readonly string[] TimeFormats =
        ["yyyy-MM-dd", "yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd HH:mm:ss.FFFFFFF"];

    private static readonly string[] ZonedFormats = ["yyyy-MM-ddTHH:mm:ssK", "yyyy-MM-ddTHH:mm:ss.FFFFFFFK"];

    /// <param name="where">The clause; null: none.</param>
    /// <param name="now">What <c>now()</c> is, in nanoseconds.</param>
    /// <param name="zone">The zone of times written without one.</param>
    public static Condition Of(Expr? where, long now, TimeZoneInfo zone)
    {
        if (where is null)
            return new Condition(TimeRange.All, null);
        switch (where)
        {
            case Paren p:
                var inner = Of(p.Inner, now, zone);
                return inner with { Rest = inner.Rest is null ? null : new Paren(inner.Rest) };
            case Binary { Op: "AND" or "OR" } b:
                var (left, right) = (Of(b.Left, now, zone), Of(b.Right, now, zone));
                var rest = left.Rest is null ? right.Rest : right.Rest is null ? left.Rest : new Binary(b.Op, left.Rest, right.Rest);
                return new Condition(left.Range.Intersect(right.Range), rest);
            case Binary b when IsTime(b.Left):
                return new Condition(Compare(b.Op, b.Right, now, zone), null);
            case Binary b when IsTime(b.Right):
                return new Condition(Compare(Mirror(b.Op), b.Left, now, zone), null);
            case VarRef or Literal { Value: not bool } or DurationLiteral:
                throw new StatementException("invalid condition expression: " + StatementText.Of(where));
            default:
                return new Condition(TimeRange.All, where);
        }
    }

    public static bool IsTime(Expr e) => e.Bare() is VarRef v && v.Name.Equals("time", StringComparison.OrdinalIgnoreCase);

    private static string Mirror(string op) => op switch { "<" => ">", "<=" => ">=", ">" => "<", ">=" => "<=", _ => op };

    private static TimeRange Compare(string op, Expr value, long now, TimeZoneInfo zone)
    {
        var t = Time(value, now, zone);
        if (op is not ("=" or "<" or "<=" or ">" or ">="))
            throw new StatementException("invalid time comparison operator: " + op);
        return op switch
        {
            "=" => new TimeRange(t, t),
            "<" => new TimeRange(TimeRange.MinTime, t - 1),
            "<=" => new TimeRange(TimeRange.MinTime, t),
            ">" => new TimeRange(t + 1, TimeRange.MaxTime),
            _ => new TimeRange(t, TimeRange.MaxTime),
        };
    }

    /// <summary>A constant time in nanoseconds.</summary>
    public static long Time(Expr value, long now, TimeZoneInfo zone)
    {
        switch (value)
        {
            case Paren p:
                return Time(p.Inner, now, zone);
            case Literal { Value: long n }:
                return n;
            case Literal { Value: double d }:
                return (long)d;
            case DurationLiteral d:
                return d.Nanoseconds;
            case Literal { Value: string s }:
                return ParseTime(s, zone);
            case Call { Name: "now", Args.Count: 0 }:
                return now;
            case Binary { Op: "+" } b:
                return Time(b.Left, now, zone) + Time(b.Right, now, zone);
            case Binary { Op: "-" } b:
                return Time(b.Left, now, zone) - Time(b.Right, now, zone);
            case Binary { Op: "*" } b:
                return Time(b.Left, now, zone) * Time(b.Right, now, zone);
            default:
                throw new StatementException($"invalid operation: time and {value.GoType()} are not compatible");
        }
    }

    /// <summary>Whether InfluxDB takes a string for a time, if perhaps a wrong one.</summary>
    public static bool LooksLikeTime(string text) => LooksLikeDate().IsMatch(text);

    private static long ParseTime(string text, TimeZoneInfo zone)
    {
        // Ticks are 100 ns: what is finer is read apart.
        var (coarse, fine) = SplitFraction(text);
        if (DateTimeOffset.TryParseExact(coarse, ZonedFormats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var zoned)
            && (coarse.EndsWith('Z') || coarse.LastIndexOfAny(['+', '-']) > 10))
        {
            return (zoned.UtcTicks - DateTime.UnixEpoch.Ticks) * 100 + fine;
        }

        if (!DateTime.TryParseExact(coarse, TimeFormats, CultureInfo.InvariantCulture, DateTimeStyles.None, out var local))
            throw new StatementException(LooksLikeTime(text) ? "invalid timestamp string" : "invalid operation: time and *influxql.StringLiteral are not compatible");
        var utc = local - zone.GetUtcOffset(local);
        return (utc.Ticks - DateTime.UnixEpoch.Ticks) * 100 + fine;
    }

    [GeneratedRegex(@"^[0-9]{4}-[0-9]{2}-[0-9]{2}")]
    private static partial Regex LooksLikeDate();

    private static (string Text, long Nanoseconds) SplitFraction(string text)
    {
        var dot = text.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0)
            return (text, 0);
        var end = dot + 1;
        while (end < text.Length && char.IsAsciiDigit(text[end]))
            end++;
        if (end - dot - 1 is 0 or > 9)
            return (text, 0);
        var ns = long.Parse(text[(dot + 1)..end].PadRight(9, '0'), CultureInfo.InvariantCulture);
        return (text[..dot] + text[end..], ns);
    }
}
