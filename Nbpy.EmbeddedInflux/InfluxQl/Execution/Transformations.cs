using Nbpy.EmbeddedInflux.InfluxQl.Syntax;

namespace Nbpy.EmbeddedInflux.InfluxQl.Execution;

/// <summary>The functions that look at neighbouring points. Points without a value do not count.</summary>
internal static class Transformations
{
    /// <param name="interval">The unit of a derivative when the call names none.</param>
    public static List<Point> Apply(Call call, List<Point> points, long interval)
    {
        var unit = call.Args.Count > 1 && call.Args[1] is DurationLiteral d ? d.Nanoseconds
            : call.Name == "elapsed" ? 1 : interval;
        return call.Name switch
        {
            "derivative" => Derivative(points, unit, false),
            "non_negative_derivative" => Derivative(points, unit, true),
            "difference" => Difference(points, false),
            "non_negative_difference" => Difference(points, true),
            "cumulative_sum" => CumulativeSum(points),
            "moving_average" => MovingAverage(points, (int)(long)((Literal)call.Args[1]).Value!),
            "holt_winters" or "holt_winters_with_fit" => HoltWinters.Apply(call, points, interval),
            _ when TechnicalAnalysis.Has(call.Name) => TechnicalAnalysis.Apply(call, points),
            _ => Elapsed(points, unit),
        };
    }

    /// <summary>How many intervals before the first one a transformation of aggregates is given: one, also where it would need
    /// more to have a value for the first.</summary>
    public static int IntervalsBefore(Call call) => call.Name == "cumulative_sum" || Forecasts(call) ? 0 : 1;

    /// <summary>Whether the answer's times are not those of the points.</summary>
    public static bool Forecasts(Call call) => call.Name is "holt_winters" or "holt_winters_with_fit";

    // Of points at one time the first counts.
    private static IEnumerable<(Point Previous, Point Current)> Pairs(List<Point> points)
    {
        Point? previous = null;
        foreach (var point in points)
        {
            if (point.Value is null || previous?.Time == point.Time)
                continue;
            if (previous is { } p)
                yield return (p, point);
            previous = point;
        }
    }

    private static List<Point> Derivative(List<Point> points, long unit, bool nonNegative)
    {
        var result = new List<Point>();
        foreach (var (previous, current) in Pairs(points))
        {
            // Integers are taken from each other as integers, round the end of their range.
            var change = Maths.Number(Maths.Operate("-", current.Value, previous.Value)) ?? 0;
            var value = change / ((double)Math.Abs(current.Time - previous.Time) / unit);
            if (!nonNegative || change >= 0)
                result.Add(new Point(current.Time, value));
        }

        return result;
    }

    private static List<Point> Difference(List<Point> points, bool nonNegative)
    {
        var result = new List<Point>();
        foreach (var (previous, current) in Pairs(points))
        {
            var change = Maths.Operate("-", current.Value, previous.Value);
            if (!nonNegative || Maths.Number(change) >= 0)
                result.Add(new Point(current.Time, change));
        }

        return result;
    }

    private static List<Point> CumulativeSum(List<Point> points)
    {
        var result = new List<Point>();
        object? sum = null;
        foreach (var point in points.Where(p => p.Value is not null))
        {
            sum = sum is null ? point.Value : Maths.Operate("+", sum, point.Value);
            result.Add(new Point(point.Time, sum));
        }

        return result;
    }

    private static List<Point> MovingAverage(List<Point> points, int window)
    {
        var result = new List<Point>();
        var ring = new double[window];
        var (seen, sum) = (0, 0.0);
        foreach (var point in points.Where(p => p.Value is not null))
        {
            var value = Maths.Number(point.Value)!.Value;
            // Two steps, since the last bits of the sum depend on it.
            if (seen >= window)
                sum -= ring[seen % window];
            sum += value;
            ring[seen++ % window] = value;
            if (seen >= window)
                result.Add(new Point(point.Time, sum / window));
        }

        return result;
    }

    private static List<Point> Elapsed(List<Point> points, long unit)
    {
        var result = new List<Point>();
        Point? previous = null;
        foreach (var point in points.Where(p => p.Value is not null))
        {
            if (previous is { } p)
                result.Add(new Point(point.Time, (point.Time - p.Time) / unit));
            previous = point;
        }

        return result;
    }
}
