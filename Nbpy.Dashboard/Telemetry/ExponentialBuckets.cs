using OpenTelemetry.Proto.Metrics.V1;

namespace Nbpy.Dashboard.Telemetry;

/// <summary>Exponential histograms as explicit buckets: bucket i holds values in (base^i, base^(i+1)], base = 2^(2^-scale)
/// (OpenTelemetry's data model, "ExponentialHistogram").</summary>
internal static class ExponentialBuckets
{
    public static int CountOf(ExponentialHistogramDataPoint point) => (point.Negative?.BucketCounts.Count ?? 0) + (point.Positive?.BucketCounts.Count ?? 0) + 2;

    public static MetricPoint ToPoint(ExponentialHistogramDataPoint point, DateTimeOffset time)
    {
        var step = Math.Pow(2, Math.Pow(2, -point.Scale));
        var bounds = new List<double>();
        var counts = new List<ulong>();
        for (var i = (point.Negative?.BucketCounts.Count ?? 0) - 1; i >= 0; i--)
        {
            bounds.Add(-Math.Pow(step, point.Negative!.Offset + i));
            counts.Add(point.Negative.BucketCounts[i]);
        }

        bounds.Add(point.ZeroThreshold);
        counts.Add(point.ZeroCount);
        for (var i = 0; i < (point.Positive?.BucketCounts.Count ?? 0); i++)
        {
            bounds.Add(Math.Pow(step, point.Positive!.Offset + i + 1));
            counts.Add(point.Positive.BucketCounts[i]);
        }

        counts.Add(0);
        return new MetricPoint(time, point.Count, point.Sum, [.. bounds], [.. counts]);
    }
}
