using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Nbpy.Messaging.Tests;

public sealed class ReceiveToPublishTests
{
    [Fact]
    public async Task The_time_from_receipt_to_publishing_is_measured_where_the_receipt_is_known_whatever_the_venues_clock_says()
    {
        var measured = new ConcurrentQueue<double>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Name == "nbpy.latency.receive_to_publish")
                l.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>((_, seconds, _, _) => measured.Enqueue(seconds));
        listener.Start();
        var publisher = new Publisher();
        await publisher.RunAsync(TestContext.Current.CancellationToken);
        // Only these messages have a receipt; those of other tests have none.
        Assert.Equal([0.00725], measured);
    }

    private sealed class StandingClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    }

    private sealed class Publisher() : BasePublisher(new PublisherOptions { Port = 0, RingMessages = 0, Linger = TimeSpan.Zero }, new StandingClock())
    {
        protected override async Task PublishLoopAsync(CancellationToken cancellationToken)
        {
            var now = UnixTime.NowNs(new StandingClock());
            await PublishAsync("topic", new MarketMessage(now + 5_000_000_000, [new("a", 1.0)]) { ReceivedNs = now - 7_250_000 }, cancellationToken);
            await PublishAsync("topic", new MarketMessage(now, [new("a", 2.0)]), cancellationToken);
        }
    }
}
