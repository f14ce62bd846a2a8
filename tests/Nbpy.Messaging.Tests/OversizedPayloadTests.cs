using MessagePack;
using NetMQ;
using NetMQ.Sockets;

namespace Nbpy.Messaging.Tests;

/// <summary>What really happens to a payload over the limit: ZeroMQ ends the connection, makes it anew, and the next message comes.</summary>
public sealed class OversizedPayloadTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task A_payload_over_the_limit_ends_the_connection_and_not_the_subscriber()
    {
        var token = TestContext.Current.CancellationToken;
        using var stop = new CancellationTokenSource();
        using var peer = new XPublisherSocket();
        peer.Options.XPubVerbose = true;
        var subscriber = new Values(peer.BindRandomPort("tcp://127.0.0.1"));
        var receiving = subscriber.RunAsync(stop.Token);
        Assert.True(peer.TryReceiveFrameBytes(Limit, out _));
        Send(1, 10);
        Send(2, 2_000);
        Assert.True(peer.TryReceiveFrameBytes(Limit, out var gone));
        Assert.Equal(0, gone![0]);
        Assert.True(peer.TryReceiveFrameBytes(Limit, out var back));
        Assert.Equal(1, back![0]);
        Send(3, 10);
        await subscriber.Third.WaitAsync(Limit, token);
        await stop.CancelAsync();
        await receiving.WaitAsync(Limit, token);
        Assert.Equal((2L, 0L, 1L), (subscriber.Counters.Received, subscriber.Counters.Malformed, subscriber.Counters.Missing));

        void Send(ulong sequence, int length) => peer.SendMoreFrame("test").SendFrame(MessagePackSerializer.Serialize(
            new Dictionary<string, object> { ["_seq"] = sequence, ["_epoch"] = 1UL, ["text"] = new string('x', length) }, cancellationToken: token));
    }

    private sealed class Values(int port)
        : BaseSubscriber(new SubscriberOptions { Topic = "test", Host = "127.0.0.1", Port = port, ReplayPort = 0, MaxPayloadBytes = 1_000 })
    {
        private readonly TaskCompletionSource third = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Third => third.Task;

        protected override void ProcessMessage(string topic, IReadOnlyDictionary<string, object?> message)
        {
            if (message["_seq"] is 3L)
                third.TrySetResult();
        }
    }
}
