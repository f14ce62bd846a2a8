using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Nbpy.Messaging;

/// <summary>How long messages take on their way, as histograms in seconds, and the source of their traces. Nothing is measured while
/// nobody listens.</summary>
public static class MessagingTelemetry
{
    /// <summary>Name of the meter and of the activity source.</summary>
    public const string Name = "Nbpy";

    /// <summary>Older than this a message is history (a replay, a snapshot), not late; it says nothing about the way.</summary>
    private const long HistoryNs = 3_600_000_000_000;

    private static readonly Meter Meter = new(Name);
    private static readonly InstrumentAdvice<double> Buckets = new()
    {
        HistogramBucketBoundaries = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    };

    /// <summary>The activity source of the pipeline's traces.</summary>
    public static ActivitySource Source { get; } = new(Name);

    /// <summary>From the venue's time to publishing.</summary>
    public static Histogram<double> ToPublished { get; } = Create("nbpy.latency.published", "From the venue's time of a message to its publishing.");

    /// <summary>From the receipt of the venue's bytes to publishing: what this program takes, whatever the venue's clock says. Live feeds only.</summary>
    public static Histogram<double> ReceiveToPublish { get; } =
        Create("nbpy.latency.receive_to_publish", "From the receipt of the venue's bytes to the publishing of the message made of them.");

    /// <summary>From publishing to receiving.</summary>
    public static Histogram<double> ToReceived { get; } = Create("nbpy.latency.received", "From a message's publishing to its receipt by the subscriber.");

    /// <summary>From the venue's time to the store's answer.</summary>
    public static Histogram<double> ToStored { get; } = Create("nbpy.latency.stored", "From the venue's time of a message to the store's answer; one message in flight at a time is measured.");

    /// <summary>Requests on a publisher's replay socket that were none: a broken or hostile peer.</summary>
    internal static Counter<long> ReplayRejected { get; } =
        Meter.CreateCounter<long>("nbpy.replay.rejected", "{request}", "Requests on the publisher's replay socket that were none.");

    /// <summary>Records the time between two moments in ns since the Unix epoch. Clocks differ: less than nothing counts as nothing.</summary>
    public static void RecordBetween(this Histogram<double> histogram, long fromNs, long toNs)
    {
        if (histogram.Enabled && toNs - fromNs < HistoryNs)
            histogram.Record(Math.Max(0, toNs - fromNs) / 1e9);
    }

    private static Histogram<double> Create(string name, string description) => Meter.CreateHistogram(name, "s", description, tags: null, Buckets);
}
