using System.Diagnostics;
using System.Globalization;
using Nbpy.Messaging;

namespace Nbpy.Decoder.Benchmarks;

/// <summary>What encryption costs: the same messages from one publisher to one subscriber in this process, in the clear and with CURVE,
/// in turn.</summary>
internal static class CurveCost
{
    private const int Messages = 20_000;
    private const int Rounds = 3;

    public static async Task<bool> RunAsync()
    {
        var keys = CurveKeys.Create();
        var (open, closed) = (double.MaxValue, double.MaxValue);
        for (var i = 0; i < Rounds; i++)
        {
            open = Math.Min(open, await MicrosecondsAsync(null).ConfigureAwait(false));
            closed = Math.Min(closed, await MicrosecondsAsync(keys).ConfigureAwait(false));
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"processor time a message, publisher and subscriber together: {open:0.0} µs in the clear, {closed:0.0} µs with CURVE ({closed / open:0.0} times)"));
        return true;
    }

    private static async Task<double> MicrosecondsAsync(CurveKeys? keys)
    {
        using var stop = new CancellationTokenSource();
        var publisher = new Source(new PublisherOptions { Port = 0, RingMessages = 0, ExpectedSubscribers = 1, HighWaterMark = Messages, Curve = keys });
        var publishing = publisher.RunAsync(stop.Token);
        var sink = new Sink(new SubscriberOptions { Topic = "t", Host = "127.0.0.1", Port = await publisher.BoundPort.ConfigureAwait(false), ReplayPort = 0, HighWaterMark = Messages, Curve = keys });
        var reading = sink.RunAsync(stop.Token);
        await sink.First.WaitAsync(TimeSpan.FromSeconds(20)).ConfigureAwait(false);
        var cpu = Process.GetCurrentProcess().TotalProcessorTime;
        await sink.Done.WaitAsync(TimeSpan.FromMinutes(2)).ConfigureAwait(false);
        cpu = Process.GetCurrentProcess().TotalProcessorTime - cpu;
        await stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(publishing, reading).ConfigureAwait(false);
        return cpu.TotalMicroseconds / Messages;
    }

    private sealed class Source(PublisherOptions options) : BasePublisher(options)
    {
        protected override async Task PublishLoopAsync(CancellationToken cancellationToken)
        {
            var fields = new MessageField[] { new("pair", "BTC/USD"), new("exchange", "kraken"), new("bid", 62809.1), new("ask", 62810.3), new("volume", 4473.99704028) };
            for (var i = 0; i < Messages; i++)
                await PublishAsync("t", new MarketMessage(1_780_000_000_000_000_000 + i, fields), cancellationToken).ConfigureAwait(false);
            await Task.Delay(Timeout.Infinite, cancellationToken).ConfigureAwait(false);
        }
    }

    private sealed class Sink(SubscriberOptions options) : BaseSubscriber(options)
    {
        private readonly TaskCompletionSource first = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int count;

        public Task First => first.Task;

        public Task Done => done.Task;

        protected override int ProcessPayload(ReadOnlyMemory<byte> payload)
        {
            if (++count == 1)
                first.TrySetResult();
            if (count == Messages)
                done.TrySetResult();
            return 1;
        }
    }
}
