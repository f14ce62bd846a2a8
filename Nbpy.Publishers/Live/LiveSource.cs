using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Nbpy.Messaging;

namespace Nbpy.Publishers.Live;

/// <summary>Base of the live feeds: connects, keeps connecting, and hands decoded messages over through a bounded queue.
/// A venue overrides <see cref="RunSessionAsync"/>: one connection from opening to its end.</summary>
/// <remarks>When the queue is full the reader waits (and the venue's socket with it): nothing is dropped here. A feed whose
/// newest value is all that counts conflates before it calls <see cref="EmitAsync"/>, and counts what it replaced.</remarks>
public abstract partial class LiveSource : IMessageSource
{
    /// <summary>A venue that asks for a longer wait is asked again after this one.</summary>
    private static readonly TimeSpan MostAskedFor = TimeSpan.FromHours(1);

    private readonly LiveOptions options;
    private readonly ILogger logger;
    private readonly ReconnectPolicy reconnect;
    private readonly Channel<MarketMessage> queue;
    private readonly NewestPerKey newest;
    private readonly ClockSkew skew = new();
    private bool connectedBefore;
    private bool connected;
    private long receivedNs;

    /// <param name="options">What the configuration says of this publisher.</param>
    /// <param name="time">Paces the waits.</param>
    /// <param name="logger">Told of every change of phase and of every end of a session.</param>
    protected LiveSource(LiveOptions options, TimeProvider time, ILogger logger)
    {
        this.options = options;
        this.logger = logger;
        Time = time;
        queue = Channel.CreateBounded<MarketMessage>(new BoundedChannelOptions(options.QueueCapacity) { SingleReader = true });
        newest = new NewestPerKey(queue.Writer, () => Status.Count(FeedCounters.Dropped));
        reconnect = new ReconnectPolicy(options.Scale(options.ReconnectInitial), options.Scale(options.ReconnectCap));
        Status.Changed += now => LogPhase(options.Name, now.Phase, now.Reason);
    }

    /// <summary>Phase, reason and counters.</summary>
    public FeedStatus Status { get; } = new();

    /// <summary>Gets every message as it came (see <see cref="Record(ReadOnlySpan{byte})"/>); null, the usual case, keeps none. Set before the feed is read.</summary>
    public IRawSink? RawSink { get; set; }

    /// <summary>The clock of every wait of this feed.</summary>
    protected TimeProvider Time { get; }

    /// <inheritdoc/>
    public async IAsyncEnumerable<MarketMessage> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var sessions = Task.Run(() => RunSessionsAsync(stop.Token), CancellationToken.None);
        try
        {
            await foreach (var message in queue.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                yield return message;
                HandedOver();
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await sessions.ConfigureAwait(false);
            ReadingEnded();
        }
    }

    /// <summary>One session: connect, authenticate, subscribe, decode until the connection ends.</summary>
    /// <exception cref="LiveRefusedException">The venue says no, and trying again soon is of no use.</exception>
    /// <exception cref="LiveException">The session has ended for the reason given; another attempt follows.</exception>
    protected abstract Task RunSessionAsync(CancellationToken cancellationToken);

    /// <summary>Call once the transport is open.</summary>
    protected void Connected()
    {
        if (connectedBefore)
            Status.Count(FeedCounters.Reconnects);
        connectedBefore = true;
        connected = true;
        RawSink?.Connected(UnixTime.NowNs(Time));
    }

    /// <summary>Notes a message as the venue sent it, before it is decoded: a venue's source calls it for every message or line that
    /// it reads from the stream (keep-alives too), and for nothing that holds a credential. What is emitted until the next call has this
    /// moment for its receipt (<see cref="MarketMessage.ReceivedNs"/>).</summary>
    protected void Record(ReadOnlySpan<byte> message) => Record(message, UnixTime.NowNs(Time));

    /// <summary>As <see cref="Record(ReadOnlySpan{byte})"/>, with the time of receipt that the decoder is told: a replay then makes the
    /// very same messages of it.</summary>
    protected void Record(ReadOnlySpan<byte> message, long receivedNs)
    {
        this.receivedNs = receivedNs;
        RawSink?.Write(options.Secrets.Clean(message), receivedNs);
    }

    /// <summary>Where nothing is recorded (a call's answer): what is emitted from now on was received then.</summary>
    protected void Received(long atNs) => receivedNs = atNs;

    /// <summary>The message that was read last has been taken over: whoever reads asks for the next. On the reader's thread, in the
    /// order of the emits.</summary>
    protected virtual void HandedOver()
    {
        // Only a feed that keeps a mark of how far it has come needs to know.
    }

    /// <summary>Nobody reads any more, and no session runs.</summary>
    protected virtual void ReadingEnded()
    {
        // As above.
    }

    /// <summary>Hands one message to the publisher; waits while its queue is full. Marks the feed live.</summary>
    protected ValueTask EmitAsync(MarketMessage message, CancellationToken cancellationToken)
    {
        DataFlowed();
        return EmitKeepingPhaseAsync(message, cancellationToken);
    }

    /// <summary>As <see cref="EmitAsync"/>, and leaves the phase alone: for a feed that says itself what is to be shown.</summary>
    protected ValueTask EmitKeepingPhaseAsync(MarketMessage message, CancellationToken cancellationToken)
    {
        message.ReceivedNs = receivedNs;
        return queue.Writer.WriteAsync(message, cancellationToken);
    }

    /// <summary>Hands one message over without waiting. False when the queue is full: the caller says what that means (a
    /// book is built anew). Leaves the phase alone.</summary>
    protected bool TryEmit(MarketMessage message)
    {
        message.ReceivedNs = receivedNs;
        return queue.Writer.TryWrite(message);
    }

    /// <summary>Hands over a message of which only the newest per key counts (a ticker). Never waits: while the queue is full
    /// a newer message replaces the waiting one of its key, counted as <see cref="FeedCounters.Dropped"/>. Marks the feed
    /// live.</summary>
    /// <param name="key">One of a bounded set: the pair, the instrument.</param>
    /// <param name="message">The newest.</param>
    protected void EmitNewest(string key, MarketMessage message)
    {
        DataFlowed();
        message.ReceivedNs = receivedNs;
        newest.Write(key, message);
    }

    /// <summary>Notes the venue's clock as something that has just come shows it.</summary>
    /// <param name="venueNs">When the venue sent it, ns since the Unix epoch.</param>
    protected void ObserveClock(long venueNs) => ObserveClock(venueNs, UnixTime.NowNs(Time));

    /// <summary>As <see cref="ObserveClock(long)"/>, where the local time of the sending is known better than "now".</summary>
    protected void ObserveClock(long venueNs, long localNs) => Status.Set(FeedCounters.ClockSkewMs, skew.Add(localNs, venueNs));

    /// <summary>As <see cref="DataFlowed()"/>, with what else there is to know (symbols refused, for one).</summary>
    protected void DataFlowed(string reason)
    {
        reconnect.DataFlowed();
        if (Status.Current is var now && (now.Phase != FeedPhase.Live || now.Reason != reason))
            Status.Enter(FeedPhase.Live, reason);
    }

    /// <summary>Data came (also when none of it is published): the feed is live and the waits start afresh.</summary>
    protected void DataFlowed()
    {
        reconnect.DataFlowed();
        if (Status.Current.Phase != FeedPhase.Live)
            Status.Enter(FeedPhase.Live, "data flow");
    }

    private async Task RunSessionsAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                var wait = await RunOneSessionAsync(cancellationToken).ConfigureAwait(false);
                await Task.Delay(wait, Time, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The wanted end.
        }
        catch (Exception e)
        {
            queue.Writer.TryComplete(e);
            return;
        }

        queue.Writer.TryComplete();
    }

    private async Task<TimeSpan> RunOneSessionAsync(CancellationToken cancellationToken)
    {
        try
        {
            connected = false;
            Status.Enter(FeedPhase.Connecting, $"connecting to {options.Url.Host}");
            await RunSessionAsync(cancellationToken).ConfigureAwait(false);
            return Wait(FeedPhase.Connecting, "the venue closed the connection", null);
        }
        catch (LiveRefusedException e)
        {
            CountFailedAttempt();
            return Wait(FeedPhase.Refused, e.Message, e.RetryAfter ?? options.Scale(options.ReconnectCap));
        }
        catch (LiveException e)
        {
            CountFailedAttempt();
            return Wait(e.Phase, e.Message, e.RetryAfter);
        }
        catch (TimeoutException e) when (!cancellationToken.IsCancellationRequested)
        {
            // Connected and silent beyond the venue's own rule: what was published last is no longer the market.
            CountFailedAttempt();
            return Wait(FeedPhase.Stale, e.Message, null);
        }
        catch (Exception e) when (IsTransport(e) && !cancellationToken.IsCancellationRequested)
        {
            CountFailedAttempt();
            return Wait(FeedPhase.Connecting, e.Message, null);
        }
    }

    // The end of a session that stood is none.
    private void CountFailedAttempt()
    {
        if (!connected)
            Status.Count(FeedCounters.ConnectFailures);
    }

    private static bool IsTransport(Exception e) =>
        e is IOException or HttpRequestException or OperationCanceledException
            or System.Net.Sockets.SocketException or System.Net.WebSockets.WebSocketException
            or System.Security.Authentication.AuthenticationException;

    private TimeSpan Wait(FeedPhase phase, string reason, TimeSpan? atLeast)
    {
        var wait = reconnect.Next();
        if (atLeast > wait)
            wait = atLeast < MostAskedFor ? atLeast.Value : MostAskedFor;
        Status.Enter(phase, reason);
        LogSessionEnded(options.Name, reason, wait.TotalSeconds);
        return wait;
    }

    [LoggerMessage(110, LogLevel.Information, "{Name}: {Phase}: {Reason}")]
    private partial void LogPhase(string name, FeedPhase phase, string reason);

    [LoggerMessage(111, LogLevel.Warning, "{Name}: the session has ended: {Reason}; next attempt in {Seconds:0.0} s")]
    private partial void LogSessionEnded(string name, string reason, double seconds);
}
