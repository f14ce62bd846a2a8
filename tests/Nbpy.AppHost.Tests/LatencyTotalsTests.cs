using System.Diagnostics.Metrics;
using Nbpy.ServiceDefaults.Telemetry;

namespace Nbpy.AppHost.Tests;

public sealed class LatencyTotalsTests
{
    [Fact]
    public void What_the_latency_histograms_record_is_added_up_in_microseconds_until_it_is_disposed()
    {
        using var meter = new Meter("Nbpy");
        using var totals = new LatencyTotals();
        Assert.Empty(totals.Read());

        // Instruments that come later are heard too.
        var stored = meter.CreateHistogram<double>("nbpy.latency.stored");
        meter.CreateHistogram<double>("nbpy.write.duration").Record(9);
        stored.Record(0.002);
        stored.Record(0.0035);
        Assert.Equal(new Dictionary<string, long> { ["latency_stored_us"] = 5500, ["latency_stored_count"] = 2 }, totals.Read().ToDictionary());

        totals.Dispose();
        Assert.False(stored.Enabled);
    }

    [Fact]
    public void Another_meters_histogram_of_the_same_name_does_not_count()
    {
        using var meter = new Meter("Other");
        using var totals = new LatencyTotals();
        meter.CreateHistogram<double>("nbpy.latency.stored").Record(1);
        Assert.DoesNotContain(totals.Read(), t => t.Value >= 1_000_000);
    }
}
