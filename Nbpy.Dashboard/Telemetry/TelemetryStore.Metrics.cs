using Google.Protobuf.Collections;
using OpenTelemetry.Proto.Collector.Metrics.V1;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Metrics.V1;

namespace Nbpy.Dashboard.Telemetry;

public sealed partial class TelemetryStore
{
    /// <summary>Takes points in.</summary>
    /// <returns>Points refused.</returns>
    internal long Add(ExportMetricsServiceRequest request)
    {
        var lost = 0L;
        lock (gate)
        {
            foreach (var group in request.ResourceMetrics)
            {
                var sender = Sender(group.Resource);
                foreach (var scope in group.ScopeMetrics)
                    foreach (var metric in scope.Metrics)
                        lost += sender is null ? 1 : Add(sender, text.Share(scope.Scope?.Name ?? ""), metric);
            }
        }

        Interlocked.Add(ref refused, lost);
        Changed(ref metricsVersion);
        return lost;
    }

    private long Add(ResourceTelemetry sender, string meter, Metric metric)
    {
        switch (metric.DataCase)
        {
            case Metric.DataOneofCase.Gauge:
                return Add(sender, Instrument(sender, meter, metric, InstrumentKind.Gauge), metric.Gauge.DataPoints, false);
            case Metric.DataOneofCase.Sum:
                var kind = metric.Sum.IsMonotonic ? InstrumentKind.Counter : InstrumentKind.UpDownCounter;
                return Add(sender, Instrument(sender, meter, metric, kind), metric.Sum.DataPoints, IsDelta(metric.Sum.AggregationTemporality));
            case Metric.DataOneofCase.Histogram:
                var histogram = Instrument(sender, meter, metric, InstrumentKind.Histogram);
                return metric.Histogram.DataPoints.Sum(p => Add(sender, histogram, p.Attributes, p.Exemplars, IsDelta(metric.Histogram.AggregationTemporality), p.BucketCounts.Count,
                    () => new MetricPoint(TimeOf(p.TimeUnixNano), p.Count, p.Sum, [.. p.ExplicitBounds], [.. p.BucketCounts])));
            case Metric.DataOneofCase.ExponentialHistogram:
                var exponential = Instrument(sender, meter, metric, InstrumentKind.Histogram);
                return metric.ExponentialHistogram.DataPoints.Sum(p => Add(
                    sender, exponential, p.Attributes, p.Exemplars, IsDelta(metric.ExponentialHistogram.AggregationTemporality), ExponentialBuckets.CountOf(p),
                    () => ExponentialBuckets.ToPoint(p, TimeOf(p.TimeUnixNano))));
            case Metric.DataOneofCase.Summary:
                var summary = Instrument(sender, meter, metric, InstrumentKind.Histogram);
                return metric.Summary.DataPoints.Sum(p => Add(
                    sender, summary, p.Attributes, [], false, 1, () => new MetricPoint(TimeOf(p.TimeUnixNano), p.Count, p.Sum, [], [p.Count])));
            default:
                return 1;
        }
    }

    private long Add(ResourceTelemetry sender, ResourceTelemetry.Instrument? instrument, RepeatedField<NumberDataPoint> points, bool isDelta) =>
        points.Sum(p => Add(sender, instrument, p.Attributes, p.Exemplars, isDelta, 0, () => new MetricPoint(
            TimeOf(p.TimeUnixNano), p.ValueCase == NumberDataPoint.ValueOneofCase.AsInt ? p.AsInt : p.AsDouble)));

    private long Add(
        ResourceTelemetry sender, ResourceTelemetry.Instrument? instrument, RepeatedField<KeyValue> attributes, RepeatedField<Exemplar> exemplars, bool isDelta, int buckets, Func<MetricPoint> read)
    {
        if (instrument is null || buckets > limits.Buckets * 16 || Series(sender, instrument, attributes) is not { } series)
            return NotKept(sender);
        var point = MetricSeries.Narrow(read(), limits.Buckets);
        if (!MakeRoom(MetricSeries.SizeOf(point)))
            return NotKept(sender);
        metricBytes += series.Add(point, isDelta);
        foreach (var e in exemplars.Where(e => !e.TraceId.IsEmpty))
            if (MakeRoom(MetricSeries.ExemplarSize))
                metricBytes += series.Add(new MetricExemplar(
                    TimeOf(e.TimeUnixNano), e.ValueCase == Exemplar.ValueOneofCase.AsInt ? e.AsInt : e.AsDouble, TelemetryText.Hex(e.TraceId), TelemetryText.Hex(e.SpanId)));
        return 0;
    }

    private static long NotKept(ResourceTelemetry sender)
    {
        sender.DroppedSeries++;
        return 1;
    }

    /// <summary>The series of these attributes; null where it is new and there is no place for it.</summary>
    private MetricSeries? Series(ResourceTelemetry sender, ResourceTelemetry.Instrument instrument, RepeatedField<KeyValue> attributes)
    {
        var dimensions = text.Attributes(attributes);
        Array.Sort(dimensions, (a, b) => string.CompareOrdinal(a.Key, b.Key));
        var key = string.Join('\u001f', dimensions.Select(d => $"{d.Key}\u001e{d.Value}"));
        if (instrument.Series.TryGetValue(key, out var known))
            return known;
        var series = new MetricSeries(dimensions, key.Length, limits.PointsPerSeries);
        if (sender.SeriesCount >= limits.SeriesPerResource || seriesCount >= limits.Series || !MakeRoom(series.Bytes))
            return null;
        sender.SeriesCount++;
        seriesCount++;
        metricBytes += series.Bytes;
        return instrument.Series[key] = series;
    }

    /// <returns>Null where it is new and there is no place for it.</returns>
    private ResourceTelemetry.Instrument? Instrument(ResourceTelemetry sender, string meter, Metric metric, InstrumentKind kind)
    {
        var name = text.Share(metric.Name);
        if (sender.Instruments.TryGetValue((meter, name), out var known))
            return known;
        var made = new ResourceTelemetry.Instrument(new InstrumentInfo(meter, name, text.Share(metric.Unit), text.Share(metric.Description), kind));
        if (sender.Instruments.Count >= limits.SeriesPerResource || !MakeRoom(made.Size))
            return null;
        metricBytes += made.Size;
        return sender.Instruments[(meter, name)] = made;
    }

    /// <summary>Makes room for <paramref name="bytes"/> below the bound: the series that hold the most lose the older half of their points, until an
    /// eighth is free, so that a flood does not look for them once a point.</summary>
    /// <returns>False: there is nothing left to lose.</returns>
    private bool MakeRoom(long bytes)
    {
        if (metricBytes + bytes <= limits.MaxMetricBytes)
            return true;
        var wanted = limits.MaxMetricBytes - (limits.MaxMetricBytes / 8) - bytes;
        while (!isMetricsFull && metricBytes > wanted)
        {
            var before = metricBytes;
            foreach (var series in resources.Values.SelectMany(r => r.Instruments.Values).SelectMany(i => i.Series.Values).OrderByDescending(s => s.Bytes).ToList())
            {
                metricBytes -= series.DropOlderHalf();
                if (metricBytes <= wanted)
                    break;
            }

            // Names alone fill it: until somebody clears, nobody looks again.
            isMetricsFull = metricBytes == before;
        }

        return metricBytes + bytes <= limits.MaxMetricBytes;
    }

    private DateTimeOffset TimeOf(ulong unixNano) => TelemetryText.Time(unixNano, time.GetUtcNow());

    private static bool IsDelta(AggregationTemporality temporality) => temporality == AggregationTemporality.Delta;
}
