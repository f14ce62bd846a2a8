using Microsoft.Extensions.Time.Testing;
using Nbpy.Dashboard.Telemetry;
using Nbpy.Dashboard.Tests.Browser;
using OpenTelemetry.Proto.Logs.V1;

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
