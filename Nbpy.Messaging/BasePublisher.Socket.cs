using System.Text;
using Microsoft.Extensions.Logging;
using NetMQ;
using NetMQ.Sockets;

namespace Nbpy.Messaging;

/// <summary>The thread that owns the socket. An XPUB socket: for subscribers it is a PUB socket, and it shows subscriptions.</summary>
public abstract partial class BasePublisher
{
    private static readonly TimeSpan SubscriptionPoll = TimeSpan.FromMilliseconds(20);
    private readonly Dictionary<string, TopicState> topics = new(StringComparer.Ordinal);
    private readonly MessageEncoder encoder = new();
    private int boundPort;

    private void RunSocket()
    {
        var socket = new XPublisherSocket();
        ReplayServer? replay = null;
        try
        {
            // The port first: whoever has it has the files of the rings too.
            Bind(socket);
            foreach (var topic in options.Topics)
                topics[topic] = Open(topic);
            replay = ServeReplay();
            bound.TrySetResult(boundPort);
            WaitForSubscribers(socket);
            SendUntilComplete(socket);
        }
        finally
        {
            queue.Writer.TryComplete();
            // ZeroMQ goes on sending what it holds; neither may the process end before, nor the ring: who finds a gap in it asks.
            var sent = boundPort == 0 || LingeringConnections.WaitUntilSent(boundPort, options.Linger);
            socket.Dispose();
            if (!sent)
                LogNotSent(options.Linger.TotalSeconds);
            else if (boundPort != 0)
                LingeringConnections.WaitUntilClosed(boundPort, options.Linger);
            replay?.Dispose();
            foreach (var ring in rings.Values)
                ring.Dispose();
        }
    }

    private void Bind(XPublisherSocket socket)
    {
        socket.Options.SendHighWatermark = options.HighWaterMark;
        socket.Options.XPubVerbose = true;
        options.Curve?.Serve(socket);
        socket.Options.Linger = options.Linger;
        var address = $"tcp://{options.BindHost}";
        try
        {
            var port = options.Port;
            if (port == 0)
                port = socket.BindRandomPort(address);
            else
                socket.Bind($"{address}:{port}");
            boundPort = port;
            LogBound(address, port, epoch);
        }
        catch (NetMQException e)
        {
            var wrapped = new PublisherBindException(
                $"Port {options.Port} on {options.BindHost} cannot be bound ({e.Message.TrimEnd('.')}); stop what holds it or change the publisher's port.", e);
            bound.TrySetException(wrapped);
            throw wrapped;
        }
    }

    private ReplayServer? ServeReplay()
    {
        if (options.RingMessages <= 0)
        {
            replayBound.TrySetResult(0);
            return null;
        }

        var port = options.ReplayPort ?? (options.Port == 0 ? 0 : PortConfig.ReplayPort(options.Port));
        try
        {
            var server = new ReplayServer(options.BindHost, port, options.Curve, rings, logger);
            replayBound.TrySetResult(server.Port);
            return server;
        }
        catch (NetMQException e)
        {
            var wrapped = new PublisherBindException(
                $"Port {port} on {options.BindHost}, for the replay socket, cannot be bound ({e.Message.TrimEnd('.')}); stop what holds it or set the publisher's replay_port.", e);
            bound.TrySetException(wrapped);
            replayBound.TrySetException(wrapped);
            throw wrapped;
        }
    }

    private TopicState Open(string topic)
    {
        ReplayRing? ring = null;
        if (options.RingMessages > 0)
        {
            var path = options.RingDirectory is { } directory ? Path.Combine(directory, topic + ".ring") : null;
            try
            {
                ring = new ReplayRing(path, options.RingBytes, options.RingMessages, options.Run);
            }
            catch (Exception e) when (path is not null && e is (IOException or UnauthorizedAccessException))
            {
                // Publishing goes on: a ring in memory repairs gaps as well, until this process ends.
                RingError = $"the ring {path} cannot be used ({e.Message.TrimEnd('.')}): it is kept in memory, and what subscribers have missed when this process ends is lost";
                LogRing(RingError);
                ring = new ReplayRing(null, options.RingBytes, options.RingMessages, options.Run);
            }

            rings[topic] = ring;
            Interlocked.Add(ref published, ring.RunMessages);
        }

        return new TopicState(Encoding.UTF8.GetBytes(topic), ring, times[topic] = new UniqueTimes(UsedBefore(ring)));
    }

    /// <summary>The latest message's time of the publisher's life before this one, in microseconds; 0 where nothing is left of it.</summary>
    private static long UsedBefore(ReplayRing? ring)
    {
        using var payload = new MemoryStream();
        return ring?.Epochs is [.., var (epoch, _, newest)] && ring.Copy(epoch, newest, newest, int.MaxValue, payload).Count == 1
            && MessageReader.Read(payload.ToArray())[0].GetValueOrDefault(MessageKeys.Timestamp) is long timestamp ? timestamp / 1000 : 0;
    }

    private void WaitForSubscribers(XPublisherSocket socket)
    {
        var start = time.GetTimestamp();
        while (subscriptions < options.ExpectedSubscribers
            && time.GetElapsedTime(start) < options.SubscriberWait
            && !queue.Reader.Completion.IsCompleted)
            ReadSubscriptions(socket, SubscriptionPoll);
        if (subscriptions < options.ExpectedSubscribers)
            LogSubscribersMissing(options.ExpectedSubscribers - subscriptions, options.ExpectedSubscribers, options.SubscriberWait.TotalSeconds);
    }

    private void SendUntilComplete(XPublisherSocket socket)
    {
        var reader = queue.Reader;
        var hasWork = () => reader.Count > 0 || reader.Completion.IsCompleted;
        while (!reader.Completion.IsCompleted)
        {
            while (reader.TryRead(out var outgoing))
                Send(socket, outgoing);
            ReadSubscriptions(socket, TimeSpan.Zero);
            queued.WaitUnless(hasWork);
        }
    }

    private void Send(XPublisherSocket socket, in Outgoing outgoing)
    {
        if (!topics.TryGetValue(outgoing.Topic, out var state))
            topics[outgoing.Topic] = state = Open(outgoing.Topic);
        using var trace = tracer.Start(outgoing.Topic);
        var sent = UnixTime.NowNs(time);
        state.Sequence++;
        var timestamp = outgoing.Message.Origin is null ? state.Times.Place(outgoing.Message.TimestampNs, state.Sequence) : outgoing.Message.TimestampNs;
        var payload = encoder.Encode(outgoing.Message, timestamp, state.Sequence, epoch, sent, options.Source, trace?.Id);
        MessagingTelemetry.ToPublished.RecordBetween(outgoing.Message.TimestampNs, sent);
        if (outgoing.Message.ReceivedNs != 0)
            MessagingTelemetry.ReceiveToPublish.RecordBetween(outgoing.Message.ReceivedNs, sent);
        // First into the ring, then onto the wire: what a subscriber may have seen is never unknown to the ring.
        state.Ring?.Add(epoch, state.Sequence, payload.Span);
        var msg = default(Msg);
        msg.InitPool(state.Topic.Length);
        state.Topic.CopyTo(msg.Slice());
        socket.Send(ref msg, more: true);
        msg.InitPool(payload.Length);
        payload.Span.CopyTo(msg.Slice());
        socket.Send(ref msg, more: false);
        msg.Close();
        Interlocked.Increment(ref published);
        Interlocked.Increment(ref sentHere);
        Interlocked.Add(ref bytes, payload.Length);
    }

    /// <summary>An XPUB socket receives one frame per subscription: 1 or 0, then the topic's prefix.</summary>
    private void ReadSubscriptions(XPublisherSocket socket, TimeSpan wait)
    {
        while (socket.TryReceiveFrameBytes(wait, out var frame))
        {
            if (frame is [1, ..])
                Interlocked.Increment(ref subscriptions);
            else if (frame is [0, ..])
                Interlocked.Decrement(ref subscriptions);
            wait = TimeSpan.Zero;
        }
    }

    private sealed class TopicState(byte[] topic, ReplayRing? ring, UniqueTimes times)
    {
        public byte[] Topic => topic;

        public ReplayRing? Ring => ring;

        public ulong Sequence { get; set; }

        public UniqueTimes Times => times;
    }

    [LoggerMessage(3, LogLevel.Error, "{Reason}")]
    private partial void LogRing(string reason);

    [LoggerMessage(4, LogLevel.Warning, "Not everything had left within {Seconds} s of the end; subscribers that are behind fetch the rest from the ring on the next start")]
    private partial void LogNotSent(double seconds);

    [LoggerMessage(1, LogLevel.Information, "Publishing on {Address}:{Port}, epoch {Epoch}")]
    private partial void LogBound(string address, int port, ulong epoch);

    [LoggerMessage(2, LogLevel.Warning, "{Missing} of {Expected} expected subscriptions did not come within {Seconds} s; publishing without them")]
    private partial void LogSubscribersMissing(int missing, int expected, double seconds);
}
