using System.Text;
using MessagePack;
using NetMQ;
using NetMQ.Sockets;

namespace Nbpy.Messaging;

/// <summary>Asks a publisher's replay socket. For one thread; every call is bounded.</summary>
internal sealed class ReplayClient(string host, int port, string topic, CurveKeys? curve) : IDisposable
{
    private const int Tries = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private readonly byte[] topicFrame = Encoding.UTF8.GetBytes(topic);
    private DealerSocket? socket;

    /// <summary>One answer; null when the publisher did not answer in three seconds.</summary>
    public ReplayAnswer? Ask(ulong epoch, ulong from, ulong to)
    {
        for (var i = 0; i < Tries; i++)
        {
            // A fresh socket after a silence: an answer that comes late must not be taken for the next one's.
            socket ??= Connect();
            if (socket is null)
                return null;
            if (socket.TrySendMultipartBytes(Patience, topicFrame, ReplayProtocol.Request(epoch, from, to)))
            {
                NetMQMessage? answer = null;
                if (socket.TryReceiveMultipartMessage(Patience, ref answer) && answer is { FrameCount: 2 } && Read(answer) is { } read && read.Epoch == epoch)
                    return read;
            }

            socket.Dispose();
            socket = null;
        }

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
        if (PeerAddress.Resolve(host, port) is not { } address)
            return null;
        var dealer = new DealerSocket();
        curve?.Join(dealer);
        dealer.Options.Linger = TimeSpan.Zero;
        dealer.Options.MaxMsgSize = 64 * 1024 * 1024;
        dealer.Connect(address);
        return dealer;
    }
}
