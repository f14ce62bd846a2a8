using System.Globalization;
using System.Net;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Nbpy.Messaging;
using Nbpy.Publishers;
using Nbpy.Publishers.Kraken.Live;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Decoder.Benchmarks;

/// <summary>From the receipt of a WebSocket frame to its publishing over ZeroMQ, at 10,000 tickers a second, with the venue
/// (a WebSocket server on loopback) and a subscriber in the same process. The tickers have no time of the venue's, so that a
/// message's own time is that of its receipt; <c>_sent</c> is that of its publishing.</summary>
internal static class PublishLatency
{
    private const int PerSecond = 10_000;
    private const string Topic = "latency";
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(15);

    /// <summary>Prints one line; true when 99 in 100 took less than a millisecond.</summary>
    public static async Task<bool> RunAsync()
    {
        using var end = new CancellationTokenSource();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0));
        await using var venue = builder.Build();
        venue.UseWebSockets();
        venue.Run(context => ServeAsync(context, end.Token));
        await venue.StartAsync().ConfigureAwait(false);

        var config = new PublisherConfig
        {
            Name = Topic, Class = KnownClasses.KrakenTick, Port = 0, Topic = Topic, Instruments = ["BTC/USD"],
            Options = new Dictionary<string, string> { ["url"] = $"ws://127.0.0.1:{new Uri(venue.Urls.First()).Port}/v2" },
        };
        var source = KrakenLiveFeeds.Create(config, TimeProvider.System, NullLogger.Instance);
        var publisher = new SourcePublisher(
            Topic, source, new PublisherOptions { Port = 0, RingMessages = 0, ExpectedSubscribers = 1 }, TimeProvider.System, NullLogger.Instance);
        var publishing = publisher.RunAsync(end.Token);
        var subscriber = new Collector(new SubscriberOptions { Topic = Topic, Host = "127.0.0.1", Port = await publisher.BoundPort.ConfigureAwait(false), ReplayPort = 0 });
        var subscribing = subscriber.RunAsync(end.Token);
        await Task.Delay(WarmUp).ConfigureAwait(false);
        subscriber.Begin();
        await Task.Delay(Measured).ConfigureAwait(false);
        var latencies = subscriber.End();
        await end.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(publishing, subscribing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        Array.Sort(latencies);
        double At(double share) => latencies.Length == 0 ? double.NaN : latencies[(int)(share * (latencies.Length - 1))] / 1e6;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"receipt to publishing, {latencies.Length / Measured.TotalSeconds:N0} tickers/s: median {At(0.5):0.000} ms, p99 {At(0.99):0.000} ms, p99.9 {At(0.999):0.000} ms (target: p99 below 1 ms at {PerSecond:N0}/s)"));
        return At(0.99) < 1;
    }

    private static async Task ServeAsync(HttpContext context, CancellationToken end)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync().ConfigureAwait(false);
        try
        {
            await socket.ReceiveAsync(new byte[4096].AsMemory(), end).ConfigureAwait(false);
            await SendAsync(socket, """{"method":"subscribe","req_id":1,"result":{"channel":"ticker","snapshot":true,"symbol":"BTC/USD"},"success":true}""", end).ConfigureAwait(false);
            var start = TimeProvider.System.GetTimestamp();
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
            for (var sent = 0; await timer.WaitForNextTickAsync(end).ConfigureAwait(false);)
            {
                for (var due = (int)(TimeProvider.System.GetElapsedTime(start).TotalSeconds * PerSecond); sent < due; sent++)
                    await SendAsync(
                        socket,
                        $$$"""{"channel":"ticker","type":"update","data":[{"symbol":"BTC/USD","bid":{{{sent + 1}}}.1,"bid_qty":0.35180540,"ask":{{{sent + 1}}}.2,"ask_qty":1.27756288,"last":62810.0,"volume":4473.99704028,"vwap":62809.3,"low":62801.0,"high":62822.0,"change":-0.3,"change_pct":-0.42}]}""",
                        end).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException)
        {
            // The measurement has ended.
        }
    }

    private static ValueTask SendAsync(WebSocket socket, string text, CancellationToken end) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(text).AsMemory(), WebSocketMessageType.Text, endOfMessage: true, end);

    private sealed class Collector(SubscriberOptions options) : BaseSubscriber(options)
    {
        private readonly List<long> latencies = new(PerSecond * 30);
        private readonly Lock gate = new();

        public void Begin()
        {
            lock (gate)
                latencies.Clear();
        }

        public long[] End()
        {
            lock (gate)
                return [.. latencies];
        }

        protected override void ProcessMessage(string topic, IReadOnlyDictionary<string, object?> message)
        {
            var latency = Convert.ToInt64(message[MessageKeys.Sent], CultureInfo.InvariantCulture) - Convert.ToInt64(message[MessageKeys.Timestamp], CultureInfo.InvariantCulture);
            lock (gate)
                latencies.Add(latency);
        }
    }
}
