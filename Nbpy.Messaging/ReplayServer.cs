using System.Collections.Concurrent;
using System.Text;
using MessagePack;
using Microsoft.Extensions.Logging;
using NetMQ;
using NetMQ.Sockets;

namespace Nbpy.Messaging;

/// <summary>Serves the rings of a publisher on a ROUTER socket, on a thread of its own that sleeps until somebody asks.</summary>
internal sealed partial class ReplayServer : IDisposable
{
    private readonly ConcurrentDictionary<string, ReplayRing> rings;
    private readonly ILogger logger;
    private readonly RouterSocket socket = new();
    private readonly NetMQPoller poller;
    private readonly Task running;
    private readonly MinuteGate malformedLog = new(TimeProvider.System);
    private long malformed;
    private long served;

    /// <param name="host">Interface to bind.</param>
    /// <param name="port">TCP port; 0 lets the system choose.</param>
    /// <param name="curve">Keys of the socket; null answers in the clear.</param>
    /// <param name="rings">The rings by topic.</param>
    /// <param name="logger">Where to report.</param>
    /// <exception cref="NetMQException">The port cannot be bound.</exception>
    public ReplayServer(string host, int port, CurveKeys? curve, ConcurrentDictionary<string, ReplayRing> rings, ILogger logger)
    {
        this.rings = rings;
        this.logger = logger;
        curve?.Serve(socket);
        socket.Options.MaxMsgSize = 64 * 1024;
        socket.Options.SendHighWatermark = 16;
        socket.Options.ReceiveHighWatermark = 1_000;
        socket.Options.Linger = TimeSpan.Zero;
        try
        {
            if (port == 0)
                port = socket.BindRandomPort($"tcp://{host}");
            else
                socket.Bind($"tcp://{host}:{port}");
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        Port = port;
        socket.ReceiveReady += (_, _) => Serve();
        poller = [socket];
        running = Task.Factory.StartNew(poller.Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>The bound port.</summary>
    public int Port { get; }

    /// <summary>Requests that were none.</summary>
    public long Malformed => Interlocked.Read(ref malformed);

    /// <summary>Requests answered.</summary>
    public long Served => Interlocked.Read(ref served);

    public void Dispose()
    {
        poller.Stop();
        running.Wait(TimeSpan.FromSeconds(2));
        poller.Dispose();
        socket.Dispose();
    }

    private void Serve()
    {
        for (var i = 0; i < 100; i++)
        {
            if (Receive() is not { } request)
                return;
            try
            {
                Answer(request);
            }
            catch (Exception e) when (e is MessagePackSerializationException or EndOfStreamException or OverflowException or InvalidOperationException)
            {
                var count = Interlocked.Increment(ref malformed);
                MessagingTelemetry.ReplayRejected.Add(1);
                if (malformedLog.TryPass())
                    LogMalformed(e.Message, count);
            }
        }
    }

    /// <summary>The next request, null when there is none. Of a message with more frames than a request has, four are kept.</summary>
    private NetMQMessage? Receive()
    {
        if (!socket.TryReceiveFrameBytes(TimeSpan.Zero, out var frame, out var more))
            return null;
        var request = new NetMQMessage(3);
        request.Append(frame);
        while (more)
        {
            frame = socket.ReceiveFrameBytes(out more);
            if (request.FrameCount <= 3)
                request.Append(frame);
        }

        return request;
    }

    private void Answer(NetMQMessage request)
    {
        if (request.FrameCount != 3)
            throw new MessagePackSerializationException("A request is the topic and an array.");
        var (epoch, from, to) = ReplayProtocol.ReadRequest(request[2].Buffer.AsMemory(0, request[2].MessageSize));
        using var maps = new MemoryStream();
        // A topic without a message yet, or none of this publisher's: nothing is known of it.
        var ring = rings.GetValueOrDefault(Encoding.UTF8.GetString(request[1].Buffer, 0, request[1].MessageSize));
        var (count, first, last) = ring?.Copy(epoch, from, to, ReplayProtocol.ChunkBytes, maps) ?? default;
        var answer = new NetMQMessage(3);
        answer.Append(request[0]);
        answer.Append(ReplayProtocol.Answer(epoch, first, last, ring?.Epochs ?? [], ring?.History ?? []));
        answer.Append(ReplayProtocol.Array(count, maps));
        // A peer that does not read loses its answer, and asks again.
        if (socket.TrySendMultipartMessage(TimeSpan.Zero, answer))
            Interlocked.Increment(ref served);
    }

    [LoggerMessage(20, LogLevel.Warning, "The replay socket got something that is no request ({Reason}); {Count} so far, logged once a minute")]
    private partial void LogMalformed(string reason, long count);
}
