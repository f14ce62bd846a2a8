using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using NetMQ;
using NetMQ.Sockets;

namespace Nbpy.Messaging.Tests;

/// <summary>A flood of what is no message costs a line of the log a minute; the counter has the rest.</summary>
public sealed class MalformedFloodTests
{
    private const int Flood = 2_000;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task A_flood_of_malformed_messages_is_counted_each_time_and_logged_once_a_minute()
    {
        var token = TestContext.Current.CancellationToken;
        using var stop = new CancellationTokenSource();
        using var peer = new XPublisherSocket();
        peer.Options.SendHighWatermark = 0;
        var time = new ForwardTime();
        var log = new Lines();
        var subscriber = new Subscriber(peer.BindRandomPort("tcp://127.0.0.1"), time, log);
        var receiving = subscriber.RunAsync(stop.Token);
        Assert.True(peer.TryReceiveFrameBytes(Limit, out _));

        await SendAsync(1 * Flood);
        Assert.Single(log.Warnings);
        time.Forward(TimeSpan.FromSeconds(50));
        await SendAsync(2 * Flood);
        Assert.Single(log.Warnings);
        time.Forward(TimeSpan.FromSeconds(61));
        await SendAsync(3 * Flood);
        Assert.Equal(2, log.Warnings.Count);

        await stop.CancelAsync();
        await receiving.WaitAsync(Limit, token);
        Assert.Equal(2, log.Warnings.Count);

        async Task SendAsync(int total)
        {
            for (var i = 0; i < Flood; i++)
                peer.SendMoreFrame("test").SendFrame([0xc1, (byte)i]);
            using var late = CancellationTokenSource.CreateLinkedTokenSource(token);
            late.CancelAfter(Limit);
            while (subscriber.Counters.Malformed < total)
                await Task.Delay(5, late.Token);
        }
    }

    private sealed class Subscriber(int port, TimeProvider time, ILogger log)
        : BaseSubscriber(new SubscriberOptions { Topic = "test", Host = "127.0.0.1", Port = port, ReplayPort = 0, HighWaterMark = 0 }, time, log);

    /// <summary>The system's clock, moved forward by the test.</summary>
    private sealed class ForwardTime : TimeProvider
    {
        private long ahead;

        public override long GetTimestamp() => base.GetTimestamp() + Interlocked.Read(ref ahead);

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + GetElapsedTime(0, Interlocked.Read(ref ahead));

        public void Forward(TimeSpan by) => Interlocked.Add(ref ahead, (long)(by.TotalSeconds * TimestampFrequency));
    }

    private sealed class Lines : ILogger
    {
        public ConcurrentQueue<string> Warnings { get; } = new();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel >= LogLevel.Warning)
                Warnings.Enqueue(formatter(state, exception));
        }
    }
}
