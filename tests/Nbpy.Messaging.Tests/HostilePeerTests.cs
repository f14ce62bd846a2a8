using System.Net.Sockets;
using MessagePack;
using NetMQ;
using NetMQ.Sockets;

namespace Nbpy.Messaging.Tests;

/// <summary>Broken and hostile peers on real sockets: each costs a counter, not the process, and whoever behaves is served on.</summary>
public sealed class HostilePeerTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task A_subscriber_counts_what_a_hostile_publisher_sends_and_takes_the_next_message()
    {
        var token = TestContext.Current.CancellationToken;
        using var stop = new CancellationTokenSource();
        using var peer = new XPublisherSocket();
        var subscriber = new LastSubscriber(peer.BindRandomPort("tcp://127.0.0.1"));
        var receiving = subscriber.RunAsync(stop.Token);
        Assert.True(peer.TryReceiveFrameBytes(Limit, out _));
        var good = MessagePackSerializer.Serialize(new Dictionary<string, object> { ["_seq"] = 1UL, ["_epoch"] = 1UL, ["bid"] = 2.5 }, cancellationToken: token);
        var deep = new byte[1_000_000];
        Array.Fill(deep, (byte)0x91);
        byte[] emptyMaps = [0xdd, 0x00, 0x0f, 0x42, 0x40, .. Enumerable.Repeat((byte)0x80, 1_000_000)];
        byte[][] payloads =
        [
            [0xdd, 0xff, 0xff, 0xff, 0xff], // a list of 4 billion
            [0xdf, 0x7f, 0xff, 0xff, 0xff], // a map of 2 billion
            [0x81, 0xdb, 0xff, 0xff, 0xff, 0xff], // a key of 4 GiB
            [0x81, 0xa1, 0x61, .. deep], // a million lists in each other
            [0x81, 0x01, 0x02], // a key that is no string
            [0x82, .. Pair("_seq", [0xa1, 0x78]), .. Pair("_epoch", [0x01])], // a sequence that is no number
            [0x82, .. Pair("_seq", [0xff]), .. Pair("_epoch", [0x01])], // below 0
            emptyMaps, // a byte each here, a hundred each as objects
        ];
        foreach (var payload in payloads)
            peer.SendMoreFrame("test").SendFrame(payload);
        peer.SendFrame("test");
        peer.SendMoreFrame("test").SendMoreFrame(good).SendFrame("and a third frame");
        peer.SendMoreFrame("test").SendFrame(good);

        Assert.Equal(2.5, await subscriber.Bid.WaitAsync(Limit, token));
        await stop.CancelAsync();
        await receiving.WaitAsync(Limit, token);
        Assert.Equal(payloads.Length + 2, subscriber.Counters.Malformed);
        Assert.Equal(1, subscriber.Counters.Received);
    }

    [Fact]
    public async Task A_subscriber_of_ones_own_that_throws_loses_that_message_and_no_other()
    {
        var token = TestContext.Current.CancellationToken;
        using var stop = new CancellationTokenSource();
        using var peer = new XPublisherSocket();
        var subscriber = new ThrowingSubscriber(peer.BindRandomPort("tcp://127.0.0.1"));
        var receiving = subscriber.RunAsync(stop.Token);
        Assert.True(peer.TryReceiveFrameBytes(Limit, out _));
        for (var i = 1UL; i <= 5; i++)
            peer.SendMoreFrame("test").SendFrame(MessagePackSerializer.Serialize(
                new Dictionary<string, object> { ["_seq"] = i, ["_epoch"] = 1UL, ["bid"] = (double)i }, cancellationToken: token));
        await subscriber.Last.WaitAsync(Limit, token);
        await stop.CancelAsync();
        await receiving.WaitAsync(Limit, token);
        Assert.Equal([1.0, 3.0, 5.0], subscriber.Taken);
        Assert.Equal((5, 2, 0), (subscriber.Counters.Received, subscriber.Counters.Failed, subscriber.Counters.Gaps));
    }

    [Fact]
    public async Task A_replay_socket_answers_after_requests_that_are_none_and_bytes_that_are_no_ZeroMQ()
    {
        var token = TestContext.Current.CancellationToken;
        using var stop = new CancellationTokenSource();
        var publisher = new IdlePublisher();
        var publishing = publisher.RunAsync(stop.Token);
        var port = await publisher.BoundPort.WaitAsync(Limit, token);
        var replayPort = await publisher.ReplayPort.WaitAsync(Limit, token);
        var random = new Random(7);
        byte[] greeting = [0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 3, 0, .. "NULL"u8, .. new byte[48]];
        foreach (var target in (int[])[port, replayPort])
        {
            for (var i = 0; i < 10; i++)
            {
                var garbage = new byte[512];
                random.NextBytes(garbage);
                await SendRawAsync(target, garbage, token);
                await SendRawAsync(target, [.. greeting, .. garbage], token);
            }

            await SendRawAsync(target, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(), token);
            // A frame of 2^63-1 bytes is announced.
            await SendRawAsync(target, [.. greeting, 0x02, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], token);
        }

        using (var hostile = new DealerSocket($">tcp://127.0.0.1:{replayPort}"))
        {
            byte[] topic = [.. "test"u8];
            foreach (var body in (byte[][])[[], [0xc1], [0xdd, 0xff, 0xff, 0xff, 0xff], [0x94, 0x01, 0xa1, 0x78, 0x01, 0x01], [0x94, 0x01, 0xff, 0x01, 0x01], [0x94, 0xcf, 255, 255, 255, 255, 255, 255, 255, 255, 1, 1, 1]])
                hostile.SendMultipartBytes(topic, body);
            hostile.SendMultipartBytes([0xff, 0xfe], Request(1, 1, 1));
            hostile.SendMultipartBytes(topic);
            hostile.SendMultipartBytes([.. Enumerable.Repeat(topic, 1_000)]);
            // Well formed, and no range.
            hostile.SendMultipartBytes(topic, Request(ulong.MaxValue, ulong.MaxValue, ulong.MaxValue));
            hostile.SendMultipartBytes(topic, Request(1, ulong.MaxValue, 1));
            hostile.SendMultipartBytes(topic, Request(0, 0, 0));
            NetMQMessage? last = null;
            Assert.True(hostile.TryReceiveMultipartMessage(Limit, ref last));
        }

        using var honest = new DealerSocket($">tcp://127.0.0.1:{replayPort}");
        honest.SendMultipartBytes([.. "test"u8], Request(1, 1, 0));
        NetMQMessage? answer = null;
        Assert.True(honest.TryReceiveMultipartMessage(Limit, ref answer));
        Assert.Equal(2, answer!.FrameCount);
        Assert.False(publishing.IsCompleted);
        await stop.CancelAsync();
        await publishing.WaitAsync(Limit, token);
    }

    private static byte[] Pair(string key, byte[] value) => [(byte)(0xa0 | key.Length), .. System.Text.Encoding.ASCII.GetBytes(key), .. value];

    private static byte[] Request(ulong epoch, ulong from, ulong to) => MessagePackSerializer.Serialize(new[] { 1UL, epoch, from, to });

    private static async Task SendRawAsync(int port, byte[] bytes, CancellationToken token)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port, token);
        await client.GetStream().WriteAsync(bytes, token);
    }

    private sealed class IdlePublisher() : BasePublisher(new PublisherOptions { Port = 0, Source = "simulated" })
    {
        protected override async Task PublishLoopAsync(CancellationToken cancellationToken)
        {
            PublishMsgpack("test", new Dictionary<string, object?> { ["bid"] = 1.5 });
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        }
    }

    private sealed class LastSubscriber(int port)
        : BaseSubscriber(new SubscriberOptions { Topic = "test", Host = "127.0.0.1", Port = port, ReplayPort = 0 })
    {
        private readonly TaskCompletionSource<double> bid = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<double> Bid => bid.Task;

        protected override void ProcessMessage(string topic, IReadOnlyDictionary<string, object?> message)
        {
            if (message.TryGetValue("bid", out var value) && value is double price)
                bid.TrySetResult(price);
        }
    }

    private sealed class ThrowingSubscriber(int port) : BaseSubscriber(new SubscriberOptions { Topic = "test", Host = "127.0.0.1", Port = port })
    {
        private readonly TaskCompletionSource last = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public List<double> Taken { get; } = [];

        public Task Last => last.Task;

        protected override void ProcessMessage(string topic, IReadOnlyDictionary<string, object?> message)
        {
            var bid = (double)message["bid"]!;
            if (bid % 2 == 0)
                throw new InvalidOperationException("not the even ones");
            Taken.Add(bid);
            if (bid == 5)
                last.SetResult();
        }
    }
}
