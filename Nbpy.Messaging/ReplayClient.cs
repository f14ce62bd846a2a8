using System.Text;
using MessagePack;
using NetMQ;
using NetMQ.Sockets;

namespace Nbpy.Messaging;

/// <summary>Asks a publisher's replay socket. For one thread; every call is bounded.</summary>
internal sealed class ReplayClient(string host, int port, string topic, CurveKeys? curve) : IDisposable
{
    private readonly byte[] topicFrame = Encoding.UTF8.GetBytes(topic);
    private DealerSocket? socket;

    /// <summary>False while the publisher's name has no address.</summary>
    public bool HasAddress { get; private set; } = true;

    /// <summary>One answer; null when the publisher does not answer in time.</summary>
    public ReplayAnswer? Ask(ulong epoch, ulong from, ulong to, TimeSpan patience)
    {
        socket ??= Connect();
        if (socket is null)
            return null;
        if (socket.TrySendMultipartBytes(patience, topicFrame, ReplayProtocol.Request(epoch, from, to)))
        {
            NetMQMessage? answer = null;
            if (socket.TryReceiveMultipartMessage(patience, ref answer) && answer is { FrameCount: 2 } && Read(answer) is { } read && read.Epoch == epoch)
                return read;
        }

        // A fresh socket after a silence: an answer that comes late must not be taken for the next one's.
        socket.Dispose();
        socket = null;
        return null;
    }

    public void Dispose() => socket?.Dispose();

    private static ReplayAnswer? Read(NetMQMessage answer)
    {
        try
        {
            return ReplayProtocol.ReadAnswer(
                answer[0].Buffer.AsMemory(0, answer[0].MessageSize), answer[1].Buffer.AsMemory(0, answer[1].MessageSize));
        }
        catch (Exception e) when (e is MessagePackSerializationException or EndOfStreamException or OverflowException)
        {
            // Not a publisher of this contract: as good as no answer, and reported as that.
            return null;
        }
    }

    /// <summary>Null while the publisher's name has no address.</summary>
    private DealerSocket? Connect()
    {
        var address = PeerAddress.Resolve(host, port);
        HasAddress = address is not null;
        if (address is null)
            return null;
        var dealer = new DealerSocket();
        curve?.Join(dealer);
        dealer.Options.Linger = TimeSpan.Zero;
        dealer.Options.MaxMsgSize = 64 * 1024 * 1024;
        dealer.Connect(address);
        return dealer;
    }
}
