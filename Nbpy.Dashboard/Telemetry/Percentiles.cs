namespace Nbpy.Dashboard.Telemetry;

/// <summary>Percentiles from buckets: linear within the bucket that holds the rank; in the last bucket, which has no upper bound,
/// its lower one (so does Prometheus's <c>histogram_quantile</c>).</summary>
public static class Percentiles
{
    /// <summary>What was counted between two points; all of the later where there is none before, where the buckets have changed, or
    /// where the sender has started anew.</summary>
    public static MetricPoint Between(MetricPoint? before, MetricPoint later)
    {
        if (before is not { Buckets: { } old, Bounds: { } bounds } b || later.Buckets is not { } now || later.Value < b.Value
            || !bounds.AsSpan().SequenceEqual(later.Bounds) || old.Length != now.Length)
            return later;
        var difference = new ulong[now.Length];
        for (var i = 0; i < now.Length; i++)
            difference[i] = now[i] >= old[i] ? now[i] - old[i] : now[i];
        return later with { Value = later.Value - b.Value, Sum = later.Sum - b.Sum, Buckets = difference };
    }

    /// <summary>The value below which <paramref name="fraction"/> (0 to 1) of the counted lie; null when nothing was counted.</summary>
    public static double? Of(MetricPoint point, double fraction)
    {
        if (point.Buckets is not { Length: > 0 } buckets || point.Bounds is not { Length: > 0 } bounds)
            return null;
        var total = 0UL;
        foreach (var count in buckets)
            total += count;
        if (total == 0)
            return null;
        var rank = fraction * total;
        var below = 0.0;
        for (var i = 0; i < buckets.Length; i++)
        {
            if (buckets[i] == 0 || below + buckets[i] < rank)
            {
                below += buckets[i];
                continue;
            }

            if (i >= bounds.Length)
                return bounds[^1];
            var low = i > 0 ? bounds[i - 1] : Math.Min(0, bounds[0]);
            return low + ((bounds[i] - low) * (rank - below) / buckets[i]);
        }

        return bounds[^1];
    }
}
