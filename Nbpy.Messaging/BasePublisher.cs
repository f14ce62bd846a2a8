using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Nbpy.Messaging;

/// <summary>Base of every publisher: override <see cref="PublishLoopAsync"/> and call
/// <see cref="PublishMsgpack(string, IReadOnlyDictionary{string, object})"/> in it. One thread owns the socket; publishing
/// hands messages to it through a bounded queue and waits when that is full.</summary>
public abstract partial class BasePublisher
{
    private readonly PublisherOptions options;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly Channel<Outgoing> queue;
    private readonly WakeSignal queued = new();
    private readonly TaskCompletionSource<int> bound = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ulong epoch;
    private readonly MessageTracer tracer;
    private readonly ConcurrentDictionary<string, ReplayRing> rings = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, UniqueTimes> times = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource<int> replayBound = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long published;
    private long sentHere;
    private long bytes;
    private int subscriptions;

    /// <param name="options">Port, bounds and source.</param>
    /// <param name="time">The clock of <c>_sent</c>; the system's when null.</param>
    /// <param name="logger">Where to report; nowhere when null.</param>
    protected BasePublisher(PublisherOptions options, TimeProvider? time = null, ILogger? logger = null)
    {
        this.options = options;
        this.time = time ?? TimeProvider.System;
        this.logger = logger ?? NullLogger.Instance;
        tracer = new MessageTracer(this.time);
        epoch = (ulong)UnixTime.NowNs(this.time);
        queue = Channel.CreateBounded<Outgoing>(new BoundedChannelOptions(options.QueueCapacity) { SingleReader = true });
    }

    /// <summary>The epoch of this run: its start in ns since the Unix epoch.</summary>
    public ulong Epoch => epoch;

    /// <summary>The bound TCP port, once bound.</summary>
    public Task<int> BoundPort => bound.Task;

    /// <summary>The bound TCP port of the replay socket, once bound; 0 where none is served.</summary>
    public Task<int> ReplayPort => replayBound.Task;

    /// <summary>Why a ring is kept in memory although it should have a file; null: all is as it should be.</summary>
    public string? RingError { get; private set; }

    /// <summary>Messages sent with a time that lies among times no longer remembered, or of an earlier life: at most so many have the stored time
    /// (<see cref="StoredTime"/>) of another message of their series, and are stored onto its point.</summary>
    public long UncheckedTimes => times.Values.Sum(t => t.Unchecked);

    /// <summary>Messages that this object has sent; each is in the ring.</summary>
    public long Sent => Interlocked.Read(ref sentHere);

    /// <summary>Counters, readable at any time from any thread.</summary>
    public PublisherCounters Counters =>
        new(Interlocked.Read(ref published), Interlocked.Read(ref bytes), Volatile.Read(ref subscriptions));

    /// <summary>Binds, runs the loop until it returns or is cancelled, sends what is queued, and closes.</summary>
    /// <exception cref="PublisherBindException">The port is taken.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var stopLoop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var socket = Task.Factory.StartNew(RunSocket, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        var loop = Task.Run(async () => { await bound.Task.ConfigureAwait(false); await PublishLoopAsync(stopLoop.Token).ConfigureAwait(false); }, CancellationToken.None);
        var first = await Task.WhenAny(socket, loop).ConfigureAwait(false);
        if (first == socket)
            await stopLoop.CancelAsync().ConfigureAwait(false);
        try
        {
            await loop.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stopLoop.IsCancellationRequested)
        {
            // The wanted end of the loop.
        }
        finally
        {
            queue.Writer.TryComplete();
            queued.Wake();
            await socket.ConfigureAwait(false);
        }
    }

    /// <summary>The publisher's work: produce and publish until cancelled.</summary>
    protected abstract Task PublishLoopAsync(CancellationToken cancellationToken);

    /// <summary>Publishes one message stamped with the present time. Waits while the queue is full.</summary>
    /// <param name="topic">Frame 0.</param>
    /// <param name="fields">Tags and fields: numbers, strings, booleans; a null is left out. <c>timestamp</c> (a whole number: ns since the Unix
    /// epoch), when given, replaces the present time; the other keys that the publisher sets itself (<see cref="MessageKeys.IsReserved"/>) are
    /// replaced.</param>
    /// <exception cref="ArgumentException">A value of a type that has no place in a message, a timestamp that is no whole number, or more than
    /// a message holds.</exception>
    protected void PublishMsgpack(string topic, IReadOnlyDictionary<string, object?> fields)
    {
        ArgumentNullException.ThrowIfNull(fields);
        var list = new MessageField[fields.Count];
        var timestamp = UnixTime.NowNs(time);
        var i = 0;
        foreach (var (name, value) in fields)
        {
            var field = FieldValue.From(value);
            if (name == MessageKeys.Timestamp && field.Kind != FieldKind.None)
                timestamp = field.Kind == FieldKind.Integer ? field.Integer : throw new ArgumentException(
                    $"The timestamp is {value} ({value?.GetType().Name}); it is a whole number, nanoseconds since the Unix epoch (UnixTime.ToNs makes one of a DateTimeOffset).", nameof(fields));
            list[i++] = new MessageField(name, field);
        }

        var pending = PublishAsync(topic, new MarketMessage(timestamp, list), CancellationToken.None);
        if (!pending.IsCompletedSuccessfully)
            pending.AsTask().GetAwaiter().GetResult();
    }

    /// <summary>Publishes one message; completes when it is queued for the socket.</summary>
    /// <exception cref="ArgumentException">It has more fields or bytes than a message holds.</exception>
    protected ValueTask PublishAsync(string topic, MarketMessage message, CancellationToken cancellationToken)
    {
        MessageEncoder.Check(message);
        var writing = queue.Writer.WriteAsync(new Outgoing(topic, message), cancellationToken);
        // Where the queue is full this is not yet in it, and nobody sleeps.
        queued.Wake();
        return writing;
    }

    private readonly record struct Outgoing(string Topic, MarketMessage Message);
}
