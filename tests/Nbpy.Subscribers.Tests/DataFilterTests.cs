using System.Collections.Concurrent;
using MessagePack;
using Microsoft.Extensions.Logging.Abstractions;
using Nbpy.Influx;
using Nbpy.Messaging;
using Nbpy.ServiceDefaults;
using Nbpy.Subscribers.Filtering;
using NetMQ;
using NetMQ.Sockets;

namespace Nbpy.Subscribers.Tests;

public sealed class DataFilterTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private readonly string folder = Path.Combine(Path.GetTempPath(), "nbpy-" + Guid.NewGuid().ToString("N"));

    public void Dispose()
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_restarted_filter_goes_on_where_it_was_and_what_it_repeats_has_the_same_stored_time()
    {
        await using var input = await Ticks.StartAsync();
        for (var i = 1; i <= 50; i++)
            input.Publish(i);
        var checkpoint = Path.Combine(folder, "filter.json");
        var (first, _) = await RunAsync(input, checkpoint, expected: 25);
        Assert.Equal(Enumerable.Range(0, 25).Select(i => (1L + (2 * i), (long?)1 + (2 * i))), first.Select(m => ((long)m["n"]!, m["_origin"] as long?)));

        // As after a kill: the checkpoint is older than what was published.
        var written = FilterCheckpoint.Read(checkpoint, "tick", NullLogger.Instance)!;
        Assert.Equal((input.Epoch, 50UL), (written.Epoch, written.Sequence));
        (written with { Sequence = 45, Memory = new Dictionary<string, FilterMemory> { ["A"] = new(45, 45_000) } }).Write(checkpoint);
        for (var i = 51; i <= 60; i++)
            input.Publish(i);
        var (second, counters) = await RunAsync(input, checkpoint, expected: 7);
        Assert.Equal([47L, 49L, 51L, 53L, 55L, 57L, 59L], second.Select(m => (long)m["n"]!));
        Assert.Equal(StoredTimes(first.TakeLast(2)), StoredTimes(second.Take(2)));
        Assert.Equal((0L, 0L, 0L), (counters[CounterNames.Lost], counters[CounterNames.Failed], counters[CounterNames.Foreign]));
        Assert.Equal(15L, counters[CounterNames.Repaired]);
    }

    [Fact]
    public async Task A_message_that_the_filter_cannot_publish_again_is_named_as_lost_and_a_checkpoint_that_cannot_be_written_shows()
    {
        using var peer = new XPublisherSocket();
        var (service, _) = Create(peer.BindRandomPort("tcp://127.0.0.1"), replayPort: 0, Path.Combine(folder, "filter.json"));
        using var stop = new CancellationTokenSource();
        var running = service.RunAsync(stop.Token);
        Assert.True(peer.TryReceiveFrameBytes(Limit, out _));
        Directory.CreateDirectory(Path.Combine(folder, "filter.json"));
        var start = TimeProvider.System.GetTimestamp();
        for (var i = 1UL; !service.Health.Reason.StartsWith("filtering; the checkpoint cannot be written: ", StringComparison.Ordinal); i++)
        {
            var message = new Dictionary<string, object> { ["_seq"] = i, ["_epoch"] = 9UL, ["pair"] = $"P{i}" };
            if (i != 2)
                message["timestamp"] = 1_000L;
            peer.SendMoreFrame("tick").SendFrame(MessagePackSerializer.Serialize(message, cancellationToken: TestContext.Current.CancellationToken));
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Limit, "not within the limit");
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        Directory.Delete(Path.Combine(folder, "filter.json"));
        await stop.CancelAsync();
        await running.WaitAsync(Limit, TestContext.Current.CancellationToken);
        Assert.Equal((1L, 1L), (service.Counters[CounterNames.Failed], service.Counters[CounterNames.Lost]));
        Assert.Equal((9UL, 2UL, 2UL), new GapJournal(Path.Combine(folder, "f.gaps"), "r").Ranges.Select(r => (r.Epoch, r.From, r.To)).Single());
    }

    private static IEnumerable<long> StoredTimes(IEnumerable<IReadOnlyDictionary<string, object?>> messages) =>
        messages.Select(m => StoredTime.Of((long)m["timestamp"]!, (ulong)(long)m["_origin"]!));

    private async Task<(IReadOnlyList<IReadOnlyDictionary<string, object?>> Published, IReadOnlyDictionary<string, long> Counters)> RunAsync(
        Ticks input, string checkpointPath, int expected)
    {
        var (service, publisher) = Create(await input.BoundPort, await input.ReplayPort, checkpointPath);
        using var stop = new CancellationTokenSource();
        var running = service.RunAsync(stop.Token);
        var collector = new Collector(await publisher.BoundPort.WaitAsync(Limit), await publisher.ReplayPort.WaitAsync(Limit));
        var collecting = collector.RunAsync(stop.Token);
        while (collector.Messages.Count < expected)
            await Task.Delay(5, TestContext.Current.CancellationToken).WaitAsync(Limit, TestContext.Current.CancellationToken);
        await stop.CancelAsync();
        await Task.WhenAll(running, collecting).WaitAsync(Limit, TestContext.Current.CancellationToken);
        return ([.. collector.Messages], service.Counters);
    }

    private (DataFilterService Service, FilterPublisher Publisher) Create(int port, int replayPort, string checkpointPath)
    {
        var time = TimeProvider.System;
        var checkpoint = FilterCheckpoint.Read(checkpointPath, "tick", NullLogger.Instance);
        var publisher = new FilterPublisher(new PublisherOptions { Port = 0, Topics = ["tick_filtered"] }, time, NullLogger.Instance);
        var client = new InfluxClient(new InfluxOptions { Url = new Uri("http://127.0.0.1:1"), Database = "t" });
        var gaps = new GapRecorder(client, "tick", "f", new BatchWriterOptions(), new GapJournal(Path.Combine(folder, "f.gaps"), "r"), time, NullLogger.Instance);
        var subscriber = new FilterSubscriber(
            new SubscriberOptions
            {
                Topic = "tick", Host = "127.0.0.1", Port = port, ReplayPort = replayPort,
                Checkpoint = checkpoint is null ? null : (checkpoint.Epoch, checkpoint.Sequence),
            },
            new MessageFilter(new FilterRules { Field = "n", MinInterval = TimeSpan.FromTicks(20) }, checkpoint?.Memory), publisher, "tick_filtered", checkpointPath, gaps, time, NullLogger.Instance);
        return (new DataFilterService(subscriber, publisher, gaps, client), publisher);
    }

    /// <summary>One message every microsecond: the filter's interval of two lets every other one through.</summary>
    private sealed class Ticks() : BasePublisher(new PublisherOptions { Port = 0, Topics = ["tick"] }), IAsyncDisposable
    {
        private readonly CancellationTokenSource stop = new();
        private Task running = Task.CompletedTask;

        public static async Task<Ticks> StartAsync()
        {
            var ticks = new Ticks();
            ticks.running = ticks.RunAsync(ticks.stop.Token);
            await ticks.BoundPort.WaitAsync(Limit);
            return ticks;
        }

        public void Publish(long n) =>
            PublishMsgpack("tick", new Dictionary<string, object?> { ["timestamp"] = n * 1_000, ["pair"] = "A", ["n"] = n });

        public async ValueTask DisposeAsync()
        {
            await stop.CancelAsync();
            await running.WaitAsync(Limit);
            stop.Dispose();
        }

        protected override Task PublishLoopAsync(CancellationToken cancellationToken) => Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
    }

    private sealed class Collector(int port, int replayPort)
        : BaseSubscriber(new SubscriberOptions { Topic = "tick_filtered", Host = "127.0.0.1", Port = port, ReplayPort = replayPort })
    {
        public ConcurrentQueue<IReadOnlyDictionary<string, object?>> Messages { get; } = new();

        protected override void ProcessMessage(string topic, IReadOnlyDictionary<string, object?> message) => Messages.Enqueue(message);
    }
}
