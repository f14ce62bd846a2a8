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

/// <summary>The points of one series while they come in. Increments are added up, so that every point counts from the start.</summary>
internal sealed class MetricSeries(TelemetryAttribute[] attributes, int capacity)
{
    private const int Exemplars = 20;
    private readonly Queue<MetricPoint> points = new();
    private readonly Queue<MetricExemplar> exemplars = new();
    private MetricPoint last;

    public void Add(MetricPoint point, bool isIncrement)
    {
        if (isIncrement && points.Count > 0)
            point = Sum(last, point);
        if (points.Count == capacity)
            points.Dequeue();
        points.Enqueue(point);
        last = point;
    }

    public void Add(MetricExemplar exemplar)
    {
        // An exporter says an exemplar again with every export until a newer one takes its place.
        if (exemplars.Contains(exemplar))
            return;
        if (exemplars.Count == Exemplars)
            exemplars.Dequeue();
        exemplars.Enqueue(exemplar);
    }

    public SeriesSnapshot Snapshot(DateTimeOffset since) =>
        new(attributes, [.. points.Where(p => p.Time >= since)], [.. exemplars.Where(e => e.Time >= since)]);

    private static MetricPoint Sum(MetricPoint before, MetricPoint added)
    {
        var buckets = added.Buckets;
        if (buckets is not null && before.Buckets is { } old && before.Bounds!.AsSpan().SequenceEqual(added.Bounds))
            buckets = [.. buckets.Zip(old, (a, b) => a + b)];
        return added with { Value = before.Value + added.Value, Sum = before.Sum + added.Sum, Buckets = buckets };
    }
}
