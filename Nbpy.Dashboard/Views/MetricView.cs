using Nbpy.Dashboard.Telemetry;

namespace Nbpy.Dashboard.Views;

/// <summary>A line of a chart.</summary>
/// <param name="Label">What it is.</param>
/// <param name="Points">Oldest first.</param>
public sealed record ChartLine(string Label, IReadOnlyList<ChartPoint> Points);

/// <summary>A point of a chart.</summary>
/// <param name="Time">When.</param>
/// <param name="Value">What.</param>
public readonly record struct ChartPoint(DateTimeOffset Time, double Value);

/// <summary>How an instrument is shown.</summary>
internal enum MetricMode
{
    /// <summary>Counters: growth per second. Levels: as they are. Histograms: percentiles of what came since the point before.</summary>
    Usual,

    /// <summary>Counters: the sum since the program's start.</summary>
    Total,

    /// <summary>Histograms: values counted per second.</summary>
    Count,
}

/// <summary>Series as the lines of a chart.</summary>
internal static class MetricView
{
    /// <summary>More lines than these nobody can tell apart; the rest is left out, and said.</summary>
    public const int MaxLines = 10;

    /// <summary>The percentiles of a histogram.</summary>
    public static readonly IReadOnlyList<(string Name, double Fraction)> Shown = [("P50", 0.5), ("P90", 0.9), ("P99", 0.99)];

    public static IReadOnlyList<ChartLine> Lines(InstrumentKind kind, MetricMode mode, IReadOnlyList<SeriesSnapshot> series)
    {
        if (kind == InstrumentKind.Histogram && mode != MetricMode.Count)
            return PercentileLines(series);
        var perSecond = kind == InstrumentKind.Histogram || (kind == InstrumentKind.Counter && mode == MetricMode.Usual);
        return [.. series
            .Select(s => new ChartLine(s.Label, perSecond ? Rates(s.Points) : [.. s.Points.Select(p => new ChartPoint(p.Time, p.Value))]))
            .OrderByDescending(l => l.Points.Count == 0 ? double.MinValue : l.Points[^1].Value)
            .Take(MaxLines)];
    }

    /// <summary>Growth per second between neighbouring points. A fall is a program that started anew: it counts from 0.</summary>
    public static IReadOnlyList<ChartPoint> Rates(IReadOnlyList<MetricPoint> points)
    {
        var rates = new List<ChartPoint>();
        for (var i = 1; i < points.Count; i++)
        {
            var seconds = (points[i].Time - points[i - 1].Time).TotalSeconds;
            if (seconds <= 0)
                continue;
            var growth = points[i].Value >= points[i - 1].Value ? points[i].Value - points[i - 1].Value : points[i].Value;
            rates.Add(new ChartPoint(points[i].Time, growth / seconds));
        }

        return rates;
    }

    /// <summary>Percentiles over all series together: one export of a program reads them all at the same time.</summary>
    private static IReadOnlyList<ChartLine> PercentileLines(IReadOnlyList<SeriesSnapshot> series)
    {
        var intervals = series
            .SelectMany(s => s.Points.Select((p, i) => (p.Time, Point: Percentiles.Between(i == 0 ? null : s.Points[i - 1], p), IsFirst: i == 0)).Where(x => !x.IsFirst || s.Points.Count == 1))
            .GroupBy(x => x.Time.ToUnixTimeSeconds())
            .OrderBy(g => g.Key)
            .Select(g => (g.First().Time, Point: Merge(g.Select(x => x.Point))))
            .ToList();
        return [.. Shown.Select(p => new ChartLine(p.Name, [.. intervals
            .Select(i => (i.Time, Value: Percentiles.Of(i.Point, p.Fraction)))
            .Where(i => i.Value is not null)
            .Select(i => new ChartPoint(i.Time, i.Value!.Value))]))];
    }

    private static MetricPoint Merge(IEnumerable<MetricPoint> points)
    {
        var sum = default(MetricPoint);
        foreach (var point in points)
        {
            if (sum.Buckets is null)
                sum = point;
            else if (point.Buckets is { } added && sum.Bounds!.AsSpan().SequenceEqual(point.Bounds))
                sum = sum with { Value = sum.Value + point.Value, Sum = sum.Sum + point.Sum, Buckets = [.. sum.Buckets.Zip(added, (a, b) => a + b)] };
        }

        return sum;
    }
}
