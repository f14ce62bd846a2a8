using System.Diagnostics.Metrics;

namespace Nbpy.Influx;

/// <summary>Histograms of writing. Nothing is measured while nobody listens.</summary>
internal static class InfluxTelemetry
{
    private static readonly Meter Meter = new("Nbpy");

    /// <summary>From sending a write request to its answer, or to giving it up.</summary>
    public static Histogram<double> WriteDuration { get; } = Meter.CreateHistogram(
        "nbpy.write.duration", "s", "From sending a write request to the store's answer, by outcome.", tags: null,
        new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] });

    /// <summary>Points in a write request.</summary>
    public static Histogram<long> BatchSize { get; } = Meter.CreateHistogram(
        "nbpy.batch.size", "{point}", "Points in a write request.", tags: null,
        new InstrumentAdvice<long> { HistogramBucketBoundaries = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000] });

    /// <summary>Bytes in a write request.</summary>
    public static Histogram<long> BatchBytes { get; } = Meter.CreateHistogram(
        "nbpy.batch.bytes", "By", "Bytes of line protocol in a write request, before packing.", tags: null,
        new InstrumentAdvice<long> { HistogramBucketBoundaries = [256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304] });

    /// <summary>Notes one write request.</summary>
    public static void Written(int bytes, TimeSpan took, WriteStatus status)
    {
        if (!WriteDuration.Enabled)
            return;
        WriteDuration.Record(took.TotalSeconds, new KeyValuePair<string, object?>("outcome", Name(status)));
        BatchBytes.Record(bytes);
    }

    private static string Name(WriteStatus status) => status switch
    {
        WriteStatus.Stored => "stored",
        WriteStatus.Rejected => "rejected",
        WriteStatus.TooLarge => "too_large",
        WriteStatus.Refused => "refused",
        _ => "unavailable",
    };
}
