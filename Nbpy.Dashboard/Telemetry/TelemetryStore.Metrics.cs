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
                return metric.Histogram.DataPoints.Sum(p => Add(sender, histogram, p.Attributes, p.Exemplars, IsDelta(metric.Histogram.AggregationTemporality),
                    new MetricPoint(TimeOf(p.TimeUnixNano), p.Count, p.Sum, [.. p.ExplicitBounds], [.. p.BucketCounts])));
            case Metric.DataOneofCase.ExponentialHistogram:
                var exponential = Instrument(sender, meter, metric, InstrumentKind.Histogram);
                return metric.ExponentialHistogram.DataPoints.Sum(p => Add(
                    sender, exponential, p.Attributes, p.Exemplars, IsDelta(metric.ExponentialHistogram.AggregationTemporality), ExponentialBuckets.ToPoint(p, TimeOf(p.TimeUnixNano))));
            case Metric.DataOneofCase.Summary:
                var summary = Instrument(sender, meter, metric, InstrumentKind.Histogram);
                return metric.Summary.DataPoints.Sum(p => Add(sender, summary, p.Attributes, [], false, new MetricPoint(TimeOf(p.TimeUnixNano), p.Count, p.Sum, [], [p.Count])));
            default:
                return 1;
        }
    }

    private long Add(ResourceTelemetry sender, ResourceTelemetry.Instrument instrument, RepeatedField<NumberDataPoint> points, bool isDelta) =>
        points.Sum(p => Add(sender, instrument, p.Attributes, p.Exemplars, isDelta, new MetricPoint(
            TimeOf(p.TimeUnixNano), p.ValueCase == NumberDataPoint.ValueOneofCase.AsInt ? p.AsInt : p.AsDouble)));

    private long Add(
        ResourceTelemetry sender, ResourceTelemetry.Instrument instrument, RepeatedField<KeyValue> attributes, RepeatedField<Exemplar> exemplars, bool isDelta, MetricPoint point)
    {
        var dimensions = text.Attributes(attributes);
        Array.Sort(dimensions, (a, b) => string.CompareOrdinal(a.Key, b.Key));
        var key = string.Join('\u001f', dimensions.Select(d => $"{d.Key}\u001e{d.Value}"));
        if (!instrument.Series.TryGetValue(key, out var series))
        {
            if (sender.SeriesCount >= limits.SeriesPerResource || seriesCount >= limits.Series)
            {
                sender.DroppedSeries++;
                return 1;
            }

            sender.SeriesCount++;
            seriesCount++;
            series = instrument.Series[key] = new MetricSeries(dimensions, limits.PointsPerSeries);
        }

        series.Add(point, isDelta);
        foreach (var e in exemplars.Where(e => !e.TraceId.IsEmpty))
            series.Add(new MetricExemplar(
                TimeOf(e.TimeUnixNano), e.ValueCase == Exemplar.ValueOneofCase.AsInt ? e.AsInt : e.AsDouble, TelemetryText.Hex(e.TraceId), TelemetryText.Hex(e.SpanId)));
        return 0;
    }

    private ResourceTelemetry.Instrument Instrument(ResourceTelemetry sender, string meter, Metric metric, InstrumentKind kind)
    {
        var name = text.Share(metric.Name);
        if (sender.Instruments.TryGetValue((meter, name), out var known))
            return known;
        var made = new ResourceTelemetry.Instrument(new InstrumentInfo(meter, name, text.Share(metric.Unit), text.Share(metric.Description), kind));

        // An instrument costs as little as its series; beyond their bound it is given out and not kept.
        return sender.Instruments.Count < limits.SeriesPerResource ? sender.Instruments[(meter, name)] = made : made;
    }

    private DateTimeOffset TimeOf(ulong unixNano) => TelemetryText.Time(unixNano, time.GetUtcNow());

    private static bool IsDelta(AggregationTemporality temporality) => temporality == AggregationTemporality.Delta;
}
