using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Time.Testing;
using Nbpy.Messaging;

namespace Nbpy.Subscribers.Tests;

public sealed class StoreProbeTests
{
    [Fact]
    public void OneMessageAtATimeIsMeasuredFromTheVenuesTimeToTheStoresAnswer()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddDays(20_000));
        var seen = new List<double>();
        using var listener = new MeterListener();
        listener.SetMeasurementEventCallback<double>((_, value, _, _) => seen.Add(value));
        listener.EnableMeasurementEvents(MessagingTelemetry.ToStored);
        var probe = new StoreProbe("kraken_tick", time);
        var venue = UnixTime.NowNs(time);
        time.Advance(TimeSpan.FromMilliseconds(20));
        probe.HandOver(venue, null);
        probe.HandOver(venue, null);
        time.Advance(TimeSpan.FromMilliseconds(30));
        probe.Done(0);
        Assert.Empty(seen);
        probe.Done(2);
        Assert.Equal(0.05, Assert.Single(seen), 6);
        probe.Done(3);
        Assert.Single(seen);
    }

    [Fact]
    public void ATracedMessageHasASpanFromTheWriterToTheStoreInThePublishersTrace()
    {
        var stopped = new List<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = s => s.Name == MessagingTelemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = stopped.Add,
        };
        ActivitySource.AddActivityListener(listener);
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddDays(20_000));
        var probe = new StoreProbe("kraken_tick", time);
        var goesOn = probe.HandOver(0, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        Assert.Null(Activity.Current);
        Assert.Null(probe.HandOver(0, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));
        time.Advance(TimeSpan.FromMilliseconds(30));
        probe.Done(1);
        var span = Assert.Single(stopped, a => a.TraceId.ToHexString() == "0af7651916cd43dd8448eb211c80319c");
        Assert.Equal(("store kraken_tick", "b7ad6b7169203331", ActivityKind.Consumer), (span.DisplayName, span.ParentSpanId.ToHexString(), span.Kind));
        Assert.Equal((TimeSpan.FromMilliseconds(30), span.Id), (span.Duration, goesOn));
    }
}
