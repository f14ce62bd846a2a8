using Nbpy.EmbeddedInflux.InfluxQl.Syntax;

namespace Nbpy.EmbeddedInflux.InfluxQl.Execution;

/// <summary>Puts in the intervals without points.</summary>
internal static class Filler
{
    /// <summary>As many intervals as one query may make.</summary>
    public const int MaxBuckets = 1_000_000;

    /// <param name="points">One point per interval that has some, in the order of the query.</param>
    /// <param name="most">After so many intervals it ends.</param>
    /// <param name="budget">How many intervals may still be made.</param>
    public static List<Point> Fill(
        List<Point> points, Buckets buckets, TimeRange range, bool descending, FillKind fill, object? number, long most, ref int budget)
    {
        if (fill == FillKind.None || points.Count == 0)
            return points;
        var first = range.HasMin ? buckets.Start(range.Min) : descending ? points[^1].Time : points[0].Time;
        var last = buckets.Start(range.Max);
        var filled = new List<Point>();
        var next = 0;
        for (var t = descending ? last : first; filled.Count < most && (descending ? t >= first : t <= last); t = descending ? buckets.Previous(t) : buckets.Next(t))
        {
            if (--budget < 0)
                throw new StatementException($"max-select-buckets limit exceeded: ({MaxBuckets + 1}/{MaxBuckets})");
            // A subquery's first interval may begin before the range: it takes the place of this one's first.
            if (next < points.Count && (points[next].Time == t || (next == 0 && !descending && points[0].Time < t)))
                filled.Add(points[next++]);
            else
                filled.Add(new Point(t, Empty(points, next, t / buckets.Interval, fill, number, filled, buckets.Interval)));
        }

        return filled;
    }

    // The line is drawn over the numbers of the intervals, not over their times: the last bits of the values depend on it.
    private static object? Empty(List<Point> points, int next, long place, FillKind fill, object? number, List<Point> filled, long interval)
    {
        switch (fill)
        {
            case FillKind.Number:
                return number;
            case FillKind.Previous:
                return filled.Count > 0 ? filled[^1].Value : null;
            case FillKind.Linear when next > 0 && next < points.Count:
                var (a, b) = (points[next - 1], points[next]);
                if (Maths.Number(Maths.Operate("-", b.Value, a.Value)) is not { } rise || Maths.Number(a.Value) is not { } from)
                    return null;
                var value = rise / (b.Time / interval - a.Time / interval) * (place - a.Time / interval) + from;
                return a.Value is long && b.Value is long ? (long)value : value;
            default:
                return null;
        }
    }
}
