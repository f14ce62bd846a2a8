namespace Nbpy.Dashboard.Telemetry;

/// <summary>What an instrument measures.</summary>
public enum InstrumentKind
{
    /// <summary>A sum that only rises.</summary>
    Counter,

    /// <summary>A sum that rises and falls.</summary>
    UpDownCounter,

    /// <summary>A level.</summary>
    Gauge,

    /// <summary>A distribution.</summary>
    Histogram,
}

/// <summary>An instrument.</summary>
/// <param name="Meter">Its meter.</param>
/// <param name="Name">Its name.</param>
/// <param name="Unit">UCUM, or nothing.</param>
/// <param name="Description">In words, or nothing.</param>
/// <param name="Kind">What it measures.</param>
public sealed record InstrumentInfo(string Meter, string Name, string Unit, string Description, InstrumentKind Kind);

/// <summary>A value at a time. Of a histogram: the count, the sum and the counts of the buckets since its start.</summary>
/// <param name="Time">When.</param>
/// <param name="Value">The value; of a histogram its count.</param>
/// <param name="Sum">A histogram's sum.</param>
/// <param name="Bounds">Upper bounds of the buckets but the last, which has none.</param>
/// <param name="Buckets">Count per bucket.</param>
public readonly record struct MetricPoint(DateTimeOffset Time, double Value, double Sum = 0, double[]? Bounds = null, ulong[]? Buckets = null);

/// <summary>A measured value that was made inside a trace.</summary>
/// <param name="Time">When.</param>
/// <param name="Value">The value.</param>
/// <param name="TraceId">Hexadecimal.</param>
/// <param name="SpanId">Hexadecimal.</param>
public sealed record MetricExemplar(DateTimeOffset Time, double Value, string TraceId, string SpanId);

/// <summary>The points of an instrument with one set of attributes, as they were at one moment.</summary>
/// <param name="Attributes">The dimensions.</param>
/// <param name="Points">Oldest first.</param>
/// <param name="Exemplars">Oldest first, the last 20.</param>
public sealed record SeriesSnapshot(IReadOnlyList<TelemetryAttribute> Attributes, IReadOnlyList<MetricPoint> Points, IReadOnlyList<MetricExemplar> Exemplars)
{
    /// <summary>The dimensions in one line.</summary>
    public string Label { get; } = Attributes.Count == 0 ? "value" : string.Join(", ", Attributes.Select(a => $"{a.Key}={a.Value}"));
}

/// <summary>The points of one series while they come in. Increments are added up, so that every point counts from the start. Points whose buckets
/// have the same bounds share them.</summary>
internal sealed class MetricSeries(TelemetryAttribute[] attributes, int keyLength, int capacity)
{
    /// <summary>Memory of an exemplar, about: its two ids are most of it.</summary>
    public const int ExemplarSize = 240;

    private const int PointSize = 48;
    private const int Exemplars = 20;
    private readonly Queue<MetricPoint> points = new();
    private readonly Queue<MetricExemplar> exemplars = new();
    private MetricPoint last;

    /// <summary>Memory held, about.</summary>
    public long Bytes { get; private set; } = 400 + (2L * keyLength) + TelemetryText.Size(attributes);

    /// <summary>Memory of a point at most, about.</summary>
    public static int SizeOf(MetricPoint point) => PointSize + ArraySize(point.Bounds?.Length) + ArraySize(point.Buckets?.Length);

    /// <summary>Adds neighbouring buckets up until there are no more than <paramref name="buckets"/>.</summary>
    public static MetricPoint Narrow(MetricPoint point, int buckets)
    {
        while (point is { Buckets: { } counts, Bounds: { } bounds } && counts.Length > buckets && bounds.Length == counts.Length - 1)
            point = point with
            {
                Bounds = [.. bounds.Where((_, i) => i % 2 == 1)],
                Buckets = [.. counts.Chunk(2).Select(pair => pair.Length == 2 ? pair[0] + pair[1] : pair[0])],
            };

        // Counts that do not fit their bounds say nothing.
        return point.Buckets?.Length > buckets || point.Bounds?.Length > buckets ? point with { Bounds = [], Buckets = [] } : point;
    }

    /// <returns>How much memory more it takes.</returns>
    public long Add(MetricPoint point, bool isIncrement)
    {
        var before = Bytes;
        if (point.Bounds is { } bounds && last.Bounds is { } shared && bounds.AsSpan().SequenceEqual(shared))
            point = point with { Bounds = shared };
        if (isIncrement && points.Count > 0)
            point = Sum(last, point);
        if (points.Count == capacity)
            DropOldest();
        Bytes += PointSize + ArraySize(point.Buckets?.Length) + (points.Count > 0 && ReferenceEquals(point.Bounds, last.Bounds) ? 0 : ArraySize(point.Bounds?.Length));
        points.Enqueue(point);
        last = point;
        return Bytes - before;
    }

    /// <returns>How much memory more it takes.</returns>
    public long Add(MetricExemplar exemplar)
    {
        // An exporter says an exemplar again with every export until a newer one takes its place.
        if (exemplars.Contains(exemplar))
            return 0;
        exemplars.Enqueue(exemplar);
        if (exemplars.Count > Exemplars)
        {
            exemplars.Dequeue();
            return 0;
        }

        Bytes += ExemplarSize;
        return ExemplarSize;
    }

    /// <summary>Lets the older half of the points go; the last stays.</summary>
    /// <returns>How much memory that frees.</returns>
    public long DropOlderHalf()
    {
        var before = Bytes;
        for (var left = points.Count / 2; left > 0; left--)
            DropOldest();
        points.TrimExcess();
        return before - Bytes;
    }

    public SeriesSnapshot Snapshot(DateTimeOffset since) =>
        new(attributes, [.. points.Where(p => p.Time >= since)], [.. exemplars.Where(e => e.Time >= since)]);

    /// <summary>The bounds stay while the next point has them.</summary>
    private void DropOldest()
    {
        var gone = points.Dequeue();
        Bytes -= PointSize + ArraySize(gone.Buckets?.Length) + (points.TryPeek(out var next) && ReferenceEquals(next.Bounds, gone.Bounds) ? 0 : ArraySize(gone.Bounds?.Length));
    }

    private static int ArraySize(int? length) => length is { } n and > 0 ? 24 + (n * 8) : 0;

    private static MetricPoint Sum(MetricPoint before, MetricPoint added)
    {
        var buckets = added.Buckets;
        if (buckets is not null && before.Buckets is { } old && before.Bounds!.AsSpan().SequenceEqual(added.Bounds))
            buckets = [.. buckets.Zip(old, (a, b) => a + b)];
        return added with { Value = before.Value + added.Value, Sum = before.Sum + added.Sum, Buckets = buckets };
    }
}
