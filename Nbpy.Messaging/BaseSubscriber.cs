using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using NetMQ;
using NetMQ.Sockets;

namespace Nbpy.Messaging;

/// <summary>Base of every subscriber: override <see cref="ProcessMessage"/> (a dictionary per message), or
/// <see cref="ProcessPayload"/> to work on the bytes. One thread owns the socket and calls both.</summary>
public abstract partial class BaseSubscriber
{
    private static readonly TimeSpan ReceiveWait = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LookUpAgain = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LookUpInSilence = TimeSpan.FromSeconds(5);
    private readonly ILogger logger;
    private readonly TimeProvider time;
    private readonly byte[] topic;
    private readonly MinuteGate malformedLog;
    private readonly MinuteGate failedLog;
    private long received;
    private long malformed;
    private long failed;
    private long foreign;
    private long lastReceived;
    private bool saidUnknown;

    static BaseSubscriber() => BufferPool.SetCustomBufferPool(new MessageBufferPool());

    /// <param name="options">Topic, address and bounds.</param>
    /// <param name="time">The clock of the drain; the system's when null.</param>
    /// <param name="logger">Where to report; nowhere when null.</param>
    protected BaseSubscriber(SubscriberOptions options, TimeProvider? time = null, ILogger? logger = null)
    {
        Options = options;
        if (options.ReplayPort is null)
            Options = options with { ReplayPort = PortConfig.ReplayPort(options.Port) };
        replay = new Lazy<ReplayClient>(() => new ReplayClient(Options.Host, Options.ReplayPort!.Value, Options.Topic, Options.Curve));
        if (options.Checkpoint is { } checkpoint)
            Sequence.Resume(checkpoint.Epoch, checkpoint.Sequence);
        this.logger = logger ?? NullLogger.Instance;
        this.time = time ?? TimeProvider.System;
        malformedLog = new MinuteGate(this.time);
        failedLog = new MinuteGate(this.time);
        topic = Encoding.UTF8.GetBytes(options.Topic);
    }

    /// <summary>What this subscriber was made with.</summary>
    public SubscriberOptions Options { get; }

    /// <summary>Counters, readable at any time from any thread (each is exact; together they may be a message apart).</summary>
    public SubscriberCounters Counters => new(
        Interlocked.Read(ref received), Interlocked.Read(ref malformed), Sequence.Gaps, Sequence.Missing, Sequence.MissedBeforeFirst, Sequence.Duplicates,
        Interlocked.Read(ref failed), Interlocked.Read(ref foreign));

    /// <summary>When the last message came, by the clock's timestamp; 0 before the first.</summary>
    public long LastReceivedTimestamp => Interlocked.Read(ref lastReceived);

    /// <summary>The gap detection of the topic.</summary>
    protected SequenceTracker Sequence { get; } = new();

    /// <summary>Connects, receives until cancelled, drains, and closes.</summary>
    public Task RunAsync(CancellationToken cancellationToken) =>
        Task.Factory.StartNew(() => Receive(cancellationToken), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>One message, as a dictionary. The default does nothing. What it throws is counted (<see cref="SubscriberCounters.Failed"/>) and
    /// logged once a minute; the next message comes all the same.</summary>
    protected virtual void ProcessMessage(string topic, IReadOnlyDictionary<string, object?> message)
    {
    }

    /// <summary>One payload: by default every map in it is checked for gaps and goes to <see cref="ProcessMessage"/>.</summary>
    /// <returns>Messages that could be read in the payload. A map that cannot be read costs itself (see <see cref="PassOver"/>).</returns>
    /// <exception cref="InvalidDataException">The payload is not what the contract says; it is counted and logged. Any other exception ends
    /// <see cref="RunAsync"/>: an override that stores goes down rather than go on past what it has not stored.</exception>
    protected virtual int ProcessPayload(ReadOnlyMemory<byte> payload)
    {
        var reader = new PayloadReader(payload.Span);
        var read = 0;
        for (var left = reader.ReadMapCount(); left > 0; left--)
        {
            var start = reader;
            IReadOnlyDictionary<string, object?> map;
            (ulong Epoch, ulong Sequence)? place;
            try
            {
                map = MessageReader.ReadMap(ref reader);
                place = PlaceOf(map);
            }
            catch (InvalidDataException e)
            {
                reader = start;
                if (!PassOver(ref reader, e.Message))
                    break;
                continue;
            }

            read++;
            if (place is { } at && !ObserveSequence(at.Epoch, at.Sequence))
                continue;

            try
            {
                ProcessMessage(Options.Topic, map);
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                // One message that the subscriber's own code cannot take costs that message, not those after it.
                var count = Interlocked.Increment(ref failed);
                if (failedLog.TryPass())
                    LogFailed(e, Options.Topic, count);
            }
        }

        return read;
    }

    private static (ulong Epoch, ulong Sequence)? PlaceOf(IReadOnlyDictionary<string, object?> map) =>
        map.GetValueOrDefault(MessageKeys.Sequence) is { } sequence && map.GetValueOrDefault(MessageKeys.Epoch) is { } epoch
            ? (ToUInt64(epoch), ToUInt64(sequence))
            : null;

    /// <summary>Everything that had arrived is processed: what was gathered may be handed on. Called on the socket's thread.</summary>
    protected virtual void OnIdle()
    {
    }

    private static ulong ToUInt64(object value) => value switch
    {
        ulong v => v,
        long v and >= 0 => (ulong)v,
        _ => throw new InvalidDataException("_seq and _epoch are whole numbers of at least 0."),
    };

    private void Receive(CancellationToken cancellationToken)
    {
        stopping = cancellationToken;
        using var socket = new SubscriberSocket();
        Options.Curve?.Join(socket);
        socket.Options.ReceiveHighWatermark = Options.HighWaterMark;
        socket.Options.MaxMsgSize = Options.MaxPayloadBytes;
        socket.Options.ReconnectInterval = TimeSpan.FromMilliseconds(50);
        socket.Options.ReconnectIntervalMax = TimeSpan.FromMilliseconds(500);
        socket.Options.Linger = TimeSpan.Zero;
        socket.Subscribe(topic);
        string? connected = null;
        var lookedUp = Connect(socket, ref connected);
        var message = default(Msg);
        message.InitEmpty();
        var started = lookedUp;
        var idle = true;
        try
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                // Waits only once nothing more is there, and tells of that.
                var came = ReceiveOne(socket, ref message, idle ? ReceiveWait : TimeSpan.Zero);
                if (!came && !idle)
                    OnIdle();
                idle = !came;
                if (came)
                {
                    askAfter = AskAfterMessage;
                    continue;
                }

                if (time.GetElapsedTime(lookedUp) > (connected is null ? LookUpAgain : LookUpInSilence) && IsSilent())
                    lookedUp = Connect(socket, ref connected);
                AskInSilence(started);
            }

            var start = time.GetTimestamp();
            while (time.GetElapsedTime(start) < Options.DrainLimit && ReceiveOne(socket, ref message, Options.DrainQuiet))
            {
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            LogLeft(Options.Topic, Sequence.Epoch, Sequence.Last);
        }
        finally
        {
            OnIdle();
            message.Close();
            if (replay.IsValueCreated)
                replay.Value.Dispose();
        }
    }

    /// <summary>Connects to where the publisher is now, when that is known and elsewhere than before.</summary>
    private long Connect(SubscriberSocket socket, ref string? connected)
    {
        var address = PeerAddress.Resolve(Options.Host, Options.Port);
        if (address is not null && address != connected)
        {
            if (connected is not null)
                socket.Disconnect(connected);
            socket.Connect(address);
            connected = address;
            LogConnected(Options.Topic, Options.Host, Options.Port);
        }
        else if (address is null && connected is null && !saidUnknown)
        {
            saidUnknown = true;
            LogUnknown(Options.Topic, Options.Host);
        }

        return time.GetTimestamp();
    }

    private bool IsSilent() => LastReceivedTimestamp == 0 || time.GetElapsedTime(LastReceivedTimestamp) > LookUpInSilence;

    private bool ReceiveOne(SubscriberSocket socket, ref Msg message, TimeSpan wait)
    {
        if (!socket.TryReceive(ref message, wait))
            return false;
        var ours = message.Slice().SequenceEqual(topic);
        var frames = 1;
        while (message.HasMore)
        {
            socket.Receive(ref message);
            // Only where it is the last one: of a message with more frames nothing is processed.
            if (++frames == 2 && ours && !message.HasMore)
                Process(ref message);
        }

        if (!ours)
            Interlocked.Increment(ref foreign);
        else if (frames != 2)
            CountMalformed($"A message is 2 frames, the topic and the payload; this has {frames}.");
        return true;
    }

    private void Process(ref Msg message)
    {
        try
        {
            var count = ProcessPayload(message.SliceAsMemory());
            Interlocked.Add(ref received, count);
            Interlocked.Exchange(ref lastReceived, time.GetTimestamp());
        }
        catch (InvalidDataException e)
        {
            CountMalformed(e.Message);
        }
    }

    private void CountMalformed(string reason)
    {
        var count = Interlocked.Increment(ref malformed);
        if (malformedLog.TryPass())
            LogMalformed(Options.Topic, reason, count);
    }

    [LoggerMessage(11, LogLevel.Information, "Subscribed to {Topic} at tcp://{Host}:{Port}")]
    private partial void LogConnected(string topic, string host, int port);

    [LoggerMessage(17, LogLevel.Warning, "{Topic}: the name {Host} has no address yet; it is looked up every second")]
    private partial void LogUnknown(string topic, string host);

    [LoggerMessage(12, LogLevel.Warning, "Gap in {Topic}, epoch {Epoch}: _seq {From} to {To} did not arrive ({Count} messages)")]
    private partial void LogGap(string topic, ulong epoch, ulong from, ulong to, ulong count);

    [LoggerMessage(18, LogLevel.Error, "{Topic}: the subscriber's own code failed on a message and goes on with the next ({Count} such messages so far)")]
    private partial void LogFailed(Exception exception, string topic, long count);

    [LoggerMessage(13, LogLevel.Warning, "{Topic}: {Reason} ({Count} such payloads so far)")]
    private partial void LogMalformed(string topic, string reason, long count);
}
