using Microsoft.Extensions.Time.Testing;
using Nbpy.Dashboard.Telemetry;
using Nbpy.Dashboard.Tests.Browser;
using OpenTelemetry.Proto.Collector.Metrics.V1;
using OpenTelemetry.Proto.Logs.V1;
using OpenTelemetry.Proto.Metrics.V1;

namespace Nbpy.Dashboard.Tests;

public sealed class BoundsTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddDays(20_000);

    [Fact]
    public void BeyondTheRingTheOldestGoesAndIsCounted()
    {
        var store = Store(new TelemetryLimits { LogsPerResource = 10 });
        for (var i = 0; i < 25; i++)
            store.Add(SampleTelemetry.Log("a", SeverityNumber.Info, $"m{i}", Now.AddSeconds(i)));
        Assert.Equal(Enumerable.Range(15, 10).Select(i => $"m{i}"), store.Logs("a").Select(l => l.Message));
        Assert.Equal((10, 15L), (store.Senders[0].Logs, store.Senders[0].DroppedLogs));
    }

    [Fact]
    public void BeyondTheBytesTheLargestSenderGivesAndTheOthersKeepTheirs()
    {
        var store = Store(new TelemetryLimits { MaxBytes = 1 << 20, LogsPerResource = 1_000_000 });
        store.Add(SampleTelemetry.Log("quiet", SeverityNumber.Error, "important", Now));
        for (var i = 0; i < 5_000; i++)
            store.Add(SampleTelemetry.Log("loud", SeverityNumber.Info, new string('x', 500), Now.AddSeconds(i)));
        Assert.InRange(store.Bytes, 1, 1 << 20);
        Assert.Single(store.Logs("quiet"));
        var loud = store.Senders.Single(s => s.Name == "loud");
        Assert.Equal(5_000, loud.Logs + loud.DroppedLogs);
        Assert.Equal(Now.AddSeconds(4_999), store.Logs("loud")[^1].Time);
    }

    [Fact]
    public void BeyondTheSendersNothingIsTakenAndTheSenderIsTold()
    {
        var store = Store(new TelemetryLimits { Resources = 2 });
        Assert.Equal(0, store.Add(SampleTelemetry.Log("a", SeverityNumber.Info, "m", Now)));
        Assert.Equal(0, store.Add(SampleTelemetry.Log("b", SeverityNumber.Info, "m", Now)));
        Assert.Equal(1, store.Add(SampleTelemetry.Log("c", SeverityNumber.Info, "m", Now)));
        Assert.Equal((2, 1L), (store.Senders.Count, store.Refused));
    }

    [Fact]
    public void BeyondTheSeriesNewOnesAreRefusedAndKnownOnesGoOn()
    {
        var store = Store(new TelemetryLimits { SeriesPerResource = 3, PointsPerSeries = 5 });
        for (var i = 0; i < 8; i++)
            Assert.Equal(1, store.Add(SampleTelemetry.Metrics("a", Now.AddSeconds(i * 10), i)));
        Assert.Equal((3, 8L), (store.Senders[0].Series, store.Senders[0].DroppedSeries));
        Assert.Equal(5, store.Series("a", "Nbpy", "nbpy.write.duration", DateTimeOffset.MinValue).Single().Points.Count);
    }

    [Fact]
    public void BeyondTheMetricsBytesTheLargestSeriesLoseTheirOlderPointsAndTheNewestOfEachStays()
    {
        var store = Store(new TelemetryLimits { MaxMetricBytes = 1 << 20 });
        store.Add(SampleTelemetry.Metrics("small", Now, 1));
        for (var i = 0; i < 200; i++)
            store.Add(Histograms("large", 20, i, buckets: 100));
        Assert.InRange(store.MetricBytes, 1 << 19, 1 << 20);
        var kept = store.Series("large", "Nbpy", "h", DateTimeOffset.MinValue);
        Assert.Equal(20, kept.Count);
        Assert.All(kept, s => Assert.Equal(Now.AddSeconds(199), s.Points[^1].Time));
        Assert.Single(store.Series("small", "Nbpy", "nbpy.write.duration", DateTimeOffset.MinValue).Single().Points);

        // What is counted is what is there: half a megabyte of points is about half a megabyte of the heap.
        Assert.Equal(kept.Sum(s => s.Points.Count * (48 + 24 + (100 * 8))), store.MetricBytes, 100_000.0);
        store.Clear(null);
        Assert.Equal(0, store.MetricBytes);
    }

    [Fact]
    public void NamesAloneCannotFillTheMemoryEither()
    {
        var store = Store(new TelemetryLimits { MaxMetricBytes = 1 << 20 });
        var lost = 0L;
        for (var i = 0; i < 400; i++)
            lost += store.Add(Histograms("named", 1, i, buckets: 2, name: $"{i}{new string('n', 10_000)}"));
        Assert.InRange(store.MetricBytes, 1 << 19, 1 << 20);
        Assert.Equal(lost, store.Senders.Single().DroppedSeries);
        Assert.InRange(lost, 300, 399);
        store.Clear("named", logs: false, spans: false);
        Assert.Equal(0, store.Add(Histograms("named", 1, 0, buckets: 2)));
    }

    [Fact]
    public void ManyBucketsAreAddedUpInPairsWithoutLosingACountAndFarTooManyAreRefused()
    {
        var store = Store(new TelemetryLimits { Buckets = 8 });
        Assert.Equal(0, store.Add(Histograms("a", 1, 0, buckets: 30)));
        var point = store.Series("a", "Nbpy", "h", DateTimeOffset.MinValue).Single().Points.Single();
        Assert.Equal((8, 7, 30UL), (point.Buckets!.Length, point.Bounds!.Length, point.Buckets.Aggregate(0UL, (sum, n) => sum + n)));
        Assert.Equal(3, point.Bounds[0]); // Four buckets in one: its upper bound is the fourth's.
        Assert.Equal(1, store.Add(Histograms("a", 1, 1, buckets: 129)));
    }

    private static ExportMetricsServiceRequest Histograms(string sender, int series, int second, int buckets, string name = "h")
    {
        var metric = new Metric { Name = name, Histogram = new() { AggregationTemporality = AggregationTemporality.Cumulative } };
        for (var s = 0; s < series; s++)
            metric.Histogram.DataPoints.Add(new HistogramDataPoint
            {
                TimeUnixNano = SampleTelemetry.Nano(Now.AddSeconds(second)), Count = (ulong)buckets, Attributes = { SampleTelemetry.Text("s", $"{s}") },
                ExplicitBounds = { Enumerable.Range(0, buckets - 1).Select(b => (double)b) }, BucketCounts = { Enumerable.Repeat(1UL, buckets) },
            });
        return new() { ResourceMetrics = { new ResourceMetrics { Resource = SampleTelemetry.Sender(sender), ScopeMetrics = { new ScopeMetrics { Scope = new() { Name = "Nbpy" }, Metrics = { metric } } } } } };
    }

    [Fact]
    public void ALongTextIsCutAndSaysSo()
    {
        var store = Store(new TelemetryLimits { TextLength = 20 });
        store.Add(SampleTelemetry.Log("a", SeverityNumber.Info, new string('x', 1_000), Now));
        Assert.Equal(new string('x', 20) + "… (1,000 characters)", store.Logs()[0].Message);
    }

    [Fact]
    public void ClearingOneSenderLeavesTheOthers()
    {
        var store = Store(new TelemetryLimits());
        store.Add(SampleTelemetry.Log("a", SeverityNumber.Info, "m", Now));
        store.Add(SampleTelemetry.Log("b", SeverityNumber.Info, "m", Now));
        store.Clear("a");
        Assert.Equal("b", Assert.Single(store.Senders).Name);
    }

    private static TelemetryStore Store(TelemetryLimits limits) => new(limits, new FakeTimeProvider(Now));
}
