using System.Collections.Concurrent;
using System.Threading.Channels;
using MessagePack;
using Nbpy.Messaging;
using NetMQ;
using NetMQ.Sockets;

namespace Nbpy.Messaging.Tests;

public sealed class GapRepairTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private readonly string folder = Path.Combine(Path.GetTempPath(), "nbpy-" + Guid.NewGuid().ToString("N"));

    public void Dispose()
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_late_subscriber_starts_from_the_ring()
    {
        await using var publisher = await Feed.StartAsync(folder);
        publisher.Publish(1, 500);
        await Until(() => publisher.Counters.Published == 500);
        await using var subscriber = Collector.Start(publisher);
        var last = await PublishUntilSeenAsync(publisher, subscriber, 501);
        Assert.Equal(Enumerable.Range(1, last).Select(i => (long)i), subscriber.Values);
        Assert.InRange(subscriber.Repaired, 500, last - 1);
        Assert.Equal(0, subscriber.Counters.Late);
        Assert.Empty(subscriber.Lost);
    }

    [Fact]
    public async Task A_late_subscriber_of_a_small_ring_counts_what_was_before_as_late_and_not_as_lost()
    {
        await using var publisher = await Feed.StartAsync(folder, ringMessages: 100);
        publisher.Publish(1, 500);
        await Until(() => publisher.Counters.Published == 500);
        await using var subscriber = Collector.Start(publisher);
        var last = await PublishUntilSeenAsync(publisher, subscriber, 501);
        Assert.InRange(subscriber.Counters.Late, 400, last - 100);
        Assert.Equal(last - subscriber.Counters.Late, subscriber.Values.Count);
        Assert.Equal(subscriber.Counters.Late, subscriber.Counters.Late);
        Assert.Empty(subscriber.Lost);
    }

    [Fact]
    public async Task A_late_subscriber_of_a_topic_that_is_silent_gets_all_that_there_is()
    {
        await using var publisher = await Feed.StartAsync(folder);
        publisher.Publish(1, 50);
        await Until(() => publisher.Counters.Published == 50);
        await using var subscriber = Collector.Start(publisher);
        await using var resumed = Collector.Start(publisher, (publisher.Epoch, 20));
        await Until(() => subscriber.Values.Count == 50 && resumed.Values.Count == 30);
        Assert.Equal(Enumerable.Range(21, 30).Select(i => (long)i), resumed.Values);
    }

    [Fact]
    public async Task A_restarted_publisher_serves_its_earlier_epoch_before_its_first_message()
    {
        await using (var first = await Feed.StartAsync(folder))
        {
            first.Publish(1, 30);
            await Until(() => first.Counters.Published == 30);
        }

        await using var second = await Feed.StartAsync(folder);
        await using var subscriber = Collector.Start(second);
        await Until(() => subscriber.Values.Count == 30);
    }

    [Fact]
    public async Task Ends_of_earlier_epochs_that_the_ring_no_longer_holds_are_lost_by_name()
    {
        var epochs = new List<ulong>();
        foreach (var (from, to) in ((int, int)[])[(1, 80), (81, 90), (91, 300)])
        {
            await using var feed = await Feed.StartAsync(folder, ringMessages: 100);
            epochs.Add(feed.Epoch);
            feed.Publish(from, to);
            await Until(() => feed.Counters.Published == to);
        }

        await using var last = await Feed.StartAsync(folder, ringMessages: 100);
        await using var subscriber = Collector.Start(last, (epochs[0], 60));
        await Until(() => subscriber.Values.Count == 100);
        Assert.Equal(
            [(epochs[0], 61UL, 80UL), (epochs[1], 1UL, 10UL), (epochs[2], 1UL, 110UL)], subscriber.Lost.Select(g => (g.Epoch, g.From, g.To)));
        Assert.All(subscriber.Lost, g => Assert.Equal(LossReason.NotInRing, g.Reason));
        Assert.Equal(140, subscriber.Counters.Missing);
    }

    [Fact]
    public async Task A_publisher_without_the_ring_of_the_epoch_before_leaves_an_unknown_end_and_that_is_told()
    {
        await using var publisher = await Feed.StartAsync(folder);
        publisher.Publish(1, 5);
        await Until(() => publisher.Counters.Published == 5);
        await using var subscriber = Collector.Start(publisher, (77, 60));
        await Until(() => subscriber.Values.Count == 5);
        Assert.Equal([(77UL, 60UL)], subscriber.Unknown);
        Assert.Empty(subscriber.Lost);
    }

    [Fact]
    public async Task A_publisher_that_restarts_while_it_is_asked_is_waited_for()
    {
        ulong epoch;
        int port, replayPort;
        await using (var first = await Feed.StartAsync(folder))
        {
            (epoch, port, replayPort) = (first.Epoch, await first.BoundPort, await first.ReplayPort);
            first.Publish(1, 10);
            await Until(() => first.Counters.Published == 10);
        }

        // The message after a gap comes while nobody serves the ring.
        using var peer = new XPublisherSocket();
        peer.Bind($"tcp://127.0.0.1:{port}");
        using var server = new ReplayStub(replayPort, epoch);
        await using var subscriber = Collector.Start(port, replayPort, (epoch, 3));
        Assert.True(peer.TryReceiveFrameBytes(Limit, out _));
        await Until(() => server.Asked);
        server.Dispose();
        peer.SendMoreFrame("feed").SendFrame(MessagePackSerializer.Serialize(
            new Dictionary<string, object> { ["_seq"] = 11UL, ["_epoch"] = epoch, ["v"] = 11L }, cancellationToken: TestContext.Current.CancellationToken));
        await Task.Delay(1_200, TestContext.Current.CancellationToken); // One try in vain.
        await using var second = await Feed.StartAsync(folder, replayPort: replayPort);
        await Until(() => subscriber.Values.Count == 8);
        Assert.Equal(Enumerable.Range(4, 8).Select(i => (long)i), subscriber.Values);
        Assert.Empty(subscriber.Lost);
    }

    [Fact]
    public async Task A_message_that_cannot_be_read_costs_itself_and_no_other()
    {
        var token = TestContext.Current.CancellationToken;
        using var ring = new ReplayRing(null, 1 << 20, 1_000);
        for (var i = 1UL; i <= 9; i++)
            ring.Add(5, i, Payload(i));
        using var peer = new XPublisherSocket();
        var port = peer.BindRandomPort("tcp://127.0.0.1");
        var rings = new ConcurrentDictionary<string, ReplayRing> { ["feed"] = ring };
        using var server = new ReplayServer("127.0.0.1", 0, null, rings, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        await using var subscriber = Collector.Start(port, server.Port, (5, 0));
        Assert.True(peer.TryReceiveFrameBytes(Limit, out _));
        peer.SendMoreFrame("feed").SendFrame(Payload(9));
        peer.SendMoreFrame("feed").SendFrame(Payload(10));
        await Until(() => subscriber.Values.Contains(10));
        Assert.Equal([1L, 2L, 4L, 5L, 7L, 8L, 9L, 10L], subscriber.Values);
        Assert.Equal([(3UL, 3UL), (6UL, 6UL)], subscriber.Lost.Select(g => (g.From, g.To)));
        Assert.Equal(2, subscriber.Counters.Malformed);

        // The third has a key that is no string, the sixth ends in the middle of a value.
        byte[] Payload(ulong i) => i switch
        {
            3 => [0x83, .. Pair("_seq", 3), .. Pair("_epoch", 5), 0x01, 0x02],
            6 => [0x84, .. Pair("_seq", 6), .. Pair("_epoch", 5), 0xa1, (byte)'v'],
            _ => MessagePackSerializer.Serialize(new Dictionary<string, object> { ["_seq"] = i, ["_epoch"] = 5UL, ["v"] = (long)i }, cancellationToken: token),
        };
        static byte[] Pair(string key, byte value) => [(byte)(0xa0 | key.Length), .. System.Text.Encoding.ASCII.GetBytes(key), value];
    }

    [Fact]
    public async Task From_a_checkpoint_exactly_what_is_missing_is_fetched()
    {
        await using var publisher = await Feed.StartAsync(folder);
        publisher.Publish(1, 300);
        await Until(() => publisher.Counters.Published == 300);
        await using var subscriber = Collector.Start(publisher, (publisher.Epoch, 250));
        var last = await PublishUntilSeenAsync(publisher, subscriber, 301);
        Assert.Equal(Enumerable.Range(251, last - 250).Select(i => (long)i), subscriber.Values);
    }

    [Fact]
    public async Task What_the_ring_no_longer_has_is_lost_by_name_before_the_next_message()
    {
        await using var publisher = await Feed.StartAsync(folder, ringMessages: 100);
        publisher.Publish(1, 300);
        await Until(() => publisher.Counters.Published == 300);
        await using var subscriber = Collector.Start(publisher, (publisher.Epoch, 50));
        var last = await PublishUntilSeenAsync(publisher, subscriber, 301);
        var lost = Assert.Single(subscriber.Lost);
        Assert.Equal(publisher.Epoch, lost.Epoch);
        Assert.Equal(51UL, lost.From);
        Assert.InRange(lost.To, 200UL, (ulong)last - 100);
        Assert.Equal(last - (long)lost.To, subscriber.Values.Count);
        Assert.Equal((long)lost.To - 50, subscriber.Counters.Missing);
    }

    [Fact]
    public async Task A_restarted_publisher_serves_the_end_of_its_earlier_epoch()
    {
        ulong epoch;
        await using (var first = await Feed.StartAsync(folder))
        {
            epoch = first.Epoch;
            first.Publish(1, 80);
            await Until(() => first.Counters.Published == 80);
        }

        // Two lives in between, the second of which this subscriber never heard of.
        await using (var second = await Feed.StartAsync(folder))
        {
            second.Publish(81, 90);
            // Published counts on within a run of the system.
            await Until(() => second.Counters.Published == 90);
        }

        await using var third = await Feed.StartAsync(folder);
        await using var subscriber = Collector.Start(third, (epoch, 60));
        var last = await PublishUntilSeenAsync(third, subscriber, 91);
        Assert.Equal(Enumerable.Range(61, last - 60).Select(i => (long)i), subscriber.Values);
        Assert.Empty(subscriber.Lost);
    }

    [Fact]
    public async Task A_flood_over_the_high_water_mark_arrives_whole_and_in_order()
    {
        const int count = 60_000;
        await using var publisher = await Feed.StartAsync(folder, highWaterMark: 100, ringMessages: 200_000, ringBytes: 64 << 20);
        await using var subscriber = Collector.Start(publisher, highWaterMark: 100);
        var first = await PublishUntilSeenAsync(publisher, subscriber, 1);
        publisher.Publish(first + 1, count);
        await Until(() => publisher.Counters.Published == count);
        // The tail has no successor that would show its loss; the next message does.
        var last = await PublishUntilSeenAsync(publisher, subscriber, count + 1);
        Assert.Equal(Enumerable.Range(1, last).Select(i => (long)i), subscriber.Values);
        Assert.Empty(subscriber.Lost);
    }

    [Fact]
    public async Task Garbage_on_the_replay_socket_costs_a_counter_and_no_process()
    {
        await using var publisher = await Feed.StartAsync(folder);
        publisher.Publish(1, 10);
        await Until(() => publisher.Counters.Published == 10);
        var port = await publisher.ReplayPort;
        using var dealer = new DealerSocket($">tcp://127.0.0.1:{port}");
        dealer.SendFrame("nonsense");
        dealer.SendMoreFrame("feed").SendFrame([0xFF, 0xFF]);
        dealer.SendMoreFrame("feed").SendFrame(MessagePackSerializer.Serialize(new object[] { 1, publisher.Epoch, 4UL, 5UL }, cancellationToken: TestContext.Current.CancellationToken));
        dealer.SendMoreFrame("unknown").SendFrame([0x94, 1, 1, 1, 1]);
        NetMQMessage? answer = null;
        Assert.True(dealer.TryReceiveMultipartMessage(Limit, ref answer));
        Assert.Equal(2, answer!.FrameCount);
        var maps = MessageReader.Read(answer[1].ToByteArray());
        Assert.Equal([4L, 5L], maps.Select(m => m["v"]));

        // Of another's topic nothing is known, and that is an answer.
        Assert.True(dealer.TryReceiveMultipartMessage(Limit, ref answer));
        Assert.Equal([0x96, 0x01, 0x01, 0x00, 0x00, 0x90, 0x90], answer[0].ToByteArray());
    }

    /// <summary>Publishes one value after the other until one published after the call has arrived, and then until all have.</summary>
    private static async Task<int> PublishUntilSeenAsync(Feed publisher, Collector subscriber, int next)
    {
        var first = next;
        await Until(() =>
        {
            publisher.Publish(next, next);
            return subscriber.Values.Any(value => value >= first) || next++ < 0;
        });
        await Until(() => subscriber.Values.Contains(next));
        return next;
    }

    private static async Task Until(Func<bool> condition)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Limit, "not within the limit");
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }

    private sealed class Feed(PublisherOptions options) : BasePublisher(options), IAsyncDisposable
    {
        private readonly Channel<long> values = Channel.CreateUnbounded<long>();
        private readonly CancellationTokenSource stop = new();
        private Task running = Task.CompletedTask;

        public static async Task<Feed> StartAsync(
            string folder, int ringMessages = 50_000, int ringBytes = 8 << 20, int highWaterMark = 10_000, int? replayPort = null)
        {
            var feed = new Feed(new PublisherOptions
            {
                Port = 0, RingMessages = ringMessages, RingBytes = ringBytes, RingDirectory = folder, HighWaterMark = highWaterMark, Run = "test", Topics = ["feed"], ReplayPort = replayPort,
            });
            feed.running = feed.RunAsync(feed.stop.Token);
            await feed.BoundPort.WaitAsync(Limit);
            return feed;
        }

        public void Publish(int from, int to)
        {
            for (long value = from; value <= to; value++)
                values.Writer.TryWrite(value);
        }

        public async ValueTask DisposeAsync()
        {
            await stop.CancelAsync();
            await running.WaitAsync(Limit);
            stop.Dispose();
        }

        protected override async Task PublishLoopAsync(CancellationToken cancellationToken)
        {
            await foreach (var value in values.Reader.ReadAllAsync(cancellationToken))
                await PublishAsync("feed", new MarketMessage(value, [new MessageField("v", value)]), cancellationToken);
        }
    }

    private sealed class Collector(SubscriberOptions options) : BaseSubscriber(options), IAsyncDisposable
    {
        private readonly ConcurrentQueue<long> values = new();
        private readonly ConcurrentQueue<SequenceGap> lost = new();
        private readonly ConcurrentQueue<(ulong, ulong)> unknown = new();
        private readonly CancellationTokenSource stop = new();
        private Task running = Task.CompletedTask;

        public IReadOnlyCollection<long> Values => values;

        public IReadOnlyCollection<SequenceGap> Lost => lost;

        public IReadOnlyCollection<(ulong Epoch, ulong Last)> Unknown => unknown;

        public static Collector Start(Feed feed, (ulong, ulong)? checkpoint = null, int highWaterMark = 10_000) =>
            Start(feed.BoundPort.Result, feed.ReplayPort.Result, checkpoint, highWaterMark);

        public static Collector Start(int port, int replayPort, (ulong, ulong)? checkpoint = null, int highWaterMark = 10_000)
        {
            var collector = new Collector(new SubscriberOptions
            {
                Topic = "feed", Host = "127.0.0.1", Port = port, ReplayPort = replayPort, Checkpoint = checkpoint, HighWaterMark = highWaterMark,
            });
            collector.running = collector.RunAsync(collector.stop.Token);
            return collector;
        }

        public async ValueTask DisposeAsync()
        {
            await stop.CancelAsync();
            await running.WaitAsync(Limit);
            stop.Dispose();
        }

        protected override void ProcessMessage(string topic, IReadOnlyDictionary<string, object?> message) => values.Enqueue((long)message["v"]!);

        protected override void OnLost(SequenceGap gap) => lost.Enqueue(gap);

        protected override void OnEndUnknown(ulong epoch, ulong last) => unknown.Enqueue((epoch, last));
    }

    /// <summary>Answers every request as a publisher whose newest message is the third, until it is disposed.</summary>
    private sealed class ReplayStub : IDisposable
    {
        private readonly ReplayRing ring = new(null, 1 << 20, 10);
        private readonly ReplayServer server;
        private bool disposed;

        public ReplayStub(int port, ulong epoch)
        {
            ring.Add(epoch, 3, [0x80]);
            server = new ReplayServer("127.0.0.1", port, null, new ConcurrentDictionary<string, ReplayRing> { ["feed"] = ring }, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        }

        public bool Asked => server.Served > 0;

        public void Dispose()
        {
            if (disposed)
                return;
            disposed = true;
            server.Dispose();
            ring.Dispose();
        }
    }
}
