using System.Collections.Concurrent;
using MessagePack;
using Nbpy.Messaging;
using NetMQ;
using NetMQ.Sockets;

namespace Nbpy.Messaging.Tests;

public sealed class PublishSubscribeTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Every_message_from_the_first_arrives_in_order_with_the_keys_of_the_contract()
    {
        const int count = 5_000;
        using var stop = new CancellationTokenSource();
        var publisher = new TenLinePublisher(count);
        var publishing = publisher.RunAsync(stop.Token);
        var subscriber = new CollectingSubscriber(await publisher.BoundPort.WaitAsync(Limit, TestContext.Current.CancellationToken), count);
        var receiving = subscriber.RunAsync(stop.Token);

        await subscriber.Complete.WaitAsync(Limit, TestContext.Current.CancellationToken);
        await stop.CancelAsync();
        await Task.WhenAll(publishing, receiving).WaitAsync(Limit, TestContext.Current.CancellationToken);

        Assert.Equal(Enumerable.Range(1, count).Select(i => (long)i), subscriber.Messages.Select(m => (long)m["_seq"]!));
        var first = subscriber.Messages.First();
        Assert.Equal(["_epoch", "_sent", "_seq", "ask", "bid", "pair", "source", "timestamp"], first.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(("BTC/USD", 1.5, "simulated"), (first["pair"], first["bid"], first["source"]));
        Assert.Equal((0, 0, 0), (subscriber.Counters.Gaps, subscriber.Counters.Late, subscriber.Counters.Malformed));
        Assert.Equal(count, publisher.Counters.Published);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1000)] // Of the collector, from sockets that were open before the first subscriber: no pool's size.
    [InlineData(1024)]
    [InlineData(100_000)]
    public void A_buffer_of_any_origin_can_be_returned(int length)
    {
        System.Runtime.CompilerServices.RuntimeHelpers.RunClassConstructor(typeof(BaseSubscriber).TypeHandle);
        BufferPool.Return(new byte[length]);
        var message = new Msg();
        message.InitPool(length);
        Assert.Equal(length, message.Size);
        message.Close();
    }

    [Theory]
    [InlineData(1_700_000_000_000_000_001L, 1_700_000_000_000_000_001L)]
    [InlineData(17, 17L)]
    [InlineData(17UL, 17L)]
    [InlineData((ushort)17, 17L)]
    [InlineData(1.7e9, null)]
    [InlineData("2026-01-01", null)]
    [InlineData(ulong.MaxValue, null)]
    public async Task A_timestamp_is_taken_as_it_is_or_refused(object given, long? published)
    {
        using var stop = new CancellationTokenSource();
        var publisher = new OneShot(new Dictionary<string, object?> { ["bid"] = 1.0, [MessageKeys.Timestamp] = given });
        var publishing = publisher.RunAsync(stop.Token);
        if (published is null)
        {
            await Assert.ThrowsAsync<ArgumentException>(() => publishing);
            return;
        }

        var subscriber = new CollectingSubscriber(await publisher.BoundPort, 1);
        var receiving = subscriber.RunAsync(stop.Token);
        await subscriber.Complete.WaitAsync(Limit, TestContext.Current.CancellationToken);
        await stop.CancelAsync();
        await Task.WhenAll(publishing, receiving).WaitAsync(Limit, TestContext.Current.CancellationToken);
        Assert.Equal(published, subscriber.Messages.Single()["timestamp"]);
    }

    [Fact]
    public async Task What_no_subscriber_would_read_is_refused_where_it_is_published()
    {
        var many = Enumerable.Range(0, 250).ToDictionary(i => $"f{i}", i => (object?)1.0);
        await Assert.ThrowsAsync<ArgumentException>(() => new OneShot(many).RunAsync(CancellationToken.None));
        await Assert.ThrowsAsync<ArgumentException>(
            () => new OneShot(new Dictionary<string, object?> { ["text"] = new string('x', 5_000_000) }).RunAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_stop_under_backlog_sends_what_ZeroMQ_holds_before_it_ends()
    {
        const int count = 5_000;
        using var stop = new CancellationTokenSource();
        using var slow = new SubscriberSocket();
        slow.Options.ReceiveHighWatermark = 100;
        slow.Subscribe("test");
        var publisher = new TenLinePublisher(count, text: new string('x', 1_000));
        var publishing = publisher.RunAsync(stop.Token);
        slow.Connect($"tcp://127.0.0.1:{await publisher.BoundPort}");
        while (publisher.Counters.Published < count)
            await Task.Delay(5, TestContext.Current.CancellationToken);
        await stop.CancelAsync();
        await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.False(publishing.IsCompleted, "it ended with a backlog of megabytes");
        var received = 0;
        while (received < count && slow.TryReceiveFrameBytes(Limit, out _, out var more) && more && slow.TryReceiveFrameBytes(Limit, out _, out _))
            received++;
        Assert.Equal(count, received);
        await publishing.WaitAsync(Limit, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_ring_that_cannot_be_on_the_disk_is_kept_in_memory_and_that_is_said()
    {
        var file = Path.GetTempFileName();
        using var stop = new CancellationTokenSource();
        var publisher = new OneShot(new Dictionary<string, object?> { ["bid"] = 1.0 }, Path.Combine(file, "rings"));
        var publishing = publisher.RunAsync(stop.Token);
        await publisher.BoundPort.WaitAsync(Limit, TestContext.Current.CancellationToken);
        Assert.Contains("kept in memory", publisher.RingError);
        await stop.CancelAsync();
        await publishing.WaitAsync(Limit, TestContext.Current.CancellationToken);
        File.Delete(file);
    }

    [Fact]
    public async Task While_somebody_listens_a_message_now_and_then_carries_its_trace()
    {
        const int count = 500;
        var stopped = new ConcurrentQueue<System.Diagnostics.Activity>();
        using var listener = new System.Diagnostics.ActivityListener
        {
            ShouldListenTo = s => s.Name == MessagingTelemetry.Name,
            Sample = (ref System.Diagnostics.ActivityCreationOptions<System.Diagnostics.ActivityContext> _) => System.Diagnostics.ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = stopped.Enqueue,
        };
        System.Diagnostics.ActivitySource.AddActivityListener(listener);
        using var stop = new CancellationTokenSource();
        var publisher = new TenLinePublisher(count);
        var publishing = publisher.RunAsync(stop.Token);
        var subscriber = new CollectingSubscriber(await publisher.BoundPort.WaitAsync(Limit, TestContext.Current.CancellationToken), count);
        var receiving = subscriber.RunAsync(stop.Token);
        await subscriber.Complete.WaitAsync(Limit, TestContext.Current.CancellationToken);
        await stop.CancelAsync();
        await Task.WhenAll(publishing, receiving).WaitAsync(Limit, TestContext.Current.CancellationToken);

        var traced = subscriber.Messages.Where(m => m.ContainsKey("_trace")).ToList();
        Assert.InRange(traced.Count, 1, 3);
        Assert.Contains(stopped, a => a.Id == (string)traced[0]["_trace"]! && a.Kind == System.Diagnostics.ActivityKind.Producer);
    }

    [Fact]
    public async Task A_payload_that_is_no_message_costs_a_counter_and_nothing_else()
    {
        using var stop = new CancellationTokenSource();
        using var peer = new XPublisherSocket();
        var port = peer.BindRandomPort("tcp://127.0.0.1");
        var subscriber = new CollectingSubscriber(port, 1);
        var receiving = subscriber.RunAsync(stop.Token);
        Assert.True(peer.TryReceiveFrameBytes(Limit, out _));

        peer.SendMoreFrame("test").SendFrame([0xc1, 0xff, 0x00]);
        peer.SendMoreFrame("test").SendFrame([]);
        peer.SendMoreFrame("test").SendFrame([0xdf, 0xff, 0xff, 0xff, 0xff]);
        peer.SendFrame("test");
        peer.SendMoreFrame("test").SendFrame(MessagePackSerializer.Serialize(new Dictionary<string, object> { ["_seq"] = 1UL, ["_epoch"] = 1UL, ["bid"] = 2.5 }, cancellationToken: TestContext.Current.CancellationToken));

        await subscriber.Complete.WaitAsync(Limit, TestContext.Current.CancellationToken);
        await stop.CancelAsync();
        await receiving.WaitAsync(Limit, TestContext.Current.CancellationToken);
        Assert.Equal(4, subscriber.Counters.Malformed);
        Assert.Equal(2.5, subscriber.Messages.Single()["bid"]);
    }

    [Fact]
    public async Task Several_messages_in_one_payload_are_read_in_order()
    {
        using var stop = new CancellationTokenSource();
        using var peer = new XPublisherSocket();
        var subscriber = new CollectingSubscriber(peer.BindRandomPort("tcp://127.0.0.1"), 3);
        var receiving = subscriber.RunAsync(stop.Token);
        Assert.True(peer.TryReceiveFrameBytes(Limit, out _));
        var maps = Enumerable.Range(1, 3).Select(i => new Dictionary<string, object> { ["_seq"] = (ulong)i, ["_epoch"] = 9UL }).ToArray();
        peer.SendMoreFrame("test").SendFrame(MessagePackSerializer.Serialize(maps, cancellationToken: TestContext.Current.CancellationToken));

        await subscriber.Complete.WaitAsync(Limit, TestContext.Current.CancellationToken);
        await stop.CancelAsync();
        await receiving.WaitAsync(Limit, TestContext.Current.CancellationToken);
        Assert.Equal([1L, 2L, 3L], subscriber.Messages.Select(m => (long)m["_seq"]!));
    }

    [Fact]
    public async Task A_port_in_use_is_an_error_that_names_it()
    {
        using var holder = new PublisherSocket();
        var port = holder.BindRandomPort("tcp://127.0.0.1");
        var error = await Assert.ThrowsAsync<PublisherBindException>(
            () => new TenLinePublisher(1, port).RunAsync(TestContext.Current.CancellationToken).WaitAsync(Limit, TestContext.Current.CancellationToken));
        Assert.Contains($"Port {port}", error.Message, StringComparison.Ordinal);
    }

    /// <summary>A custom publisher, as the documentation shows it.</summary>
    private sealed class TenLinePublisher(int count, int port = 0, string? text = null)
        : BasePublisher(new PublisherOptions { Port = port, Source = "simulated", ExpectedSubscribers = 1, SubscriberWait = Limit })
    {
        protected override Task PublishLoopAsync(CancellationToken cancellationToken)
        {
            for (var i = 0; i < count; i++)
                PublishMsgpack("test", new Dictionary<string, object?> { ["pair"] = "BTC/USD", ["bid"] = 1.5, ["ask"] = 1.75m, ["none"] = text });
            return Task.CompletedTask;
        }
    }

    /// <summary>Publishes one message and stays.</summary>
    private sealed class OneShot(IReadOnlyDictionary<string, object?> fields, string? rings = null)
        : BasePublisher(new PublisherOptions { Port = 0, ExpectedSubscribers = rings is null ? 1 : 0, SubscriberWait = Limit, RingDirectory = rings, Topics = ["test"] })
    {
        protected override Task PublishLoopAsync(CancellationToken cancellationToken)
        {
            PublishMsgpack("test", fields);
            return Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        }
    }

    private sealed class CollectingSubscriber(int port, int expected)
        : BaseSubscriber(new SubscriberOptions { Topic = "test", Host = "127.0.0.1", Port = port })
    {
        private readonly TaskCompletionSource complete = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ConcurrentQueue<IReadOnlyDictionary<string, object?>> Messages { get; } = new();

        public Task Complete => complete.Task;

        protected override void ProcessMessage(string topic, IReadOnlyDictionary<string, object?> message)
        {
            Messages.Enqueue(message);
            if (Messages.Count == expected)
                complete.TrySetResult();
        }
    }
}
