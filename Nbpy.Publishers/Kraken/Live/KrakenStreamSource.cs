using System.Text.Json;
using Microsoft.Extensions.Logging;
using Nbpy.Publishers.Decoding;
using Nbpy.Publishers.Live;

namespace Nbpy.Publishers.Kraken.Live;

/// <summary>A channel of Kraken's WebSocket v2, live: connects, subscribes, watches, and hands data frames to the channel's
/// own class.</summary>
/// <remarks>One task reads and decodes; it waits for nobody but the venue (and, where no message may be lost, the publisher's
/// queue).</remarks>
public abstract partial class KrakenStreamSource : LiveSource
{
    // Kraken's rule: dead after 5 s without a frame once it sends heartbeats (1 a second).
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(5);

    // Without a subscription there are no heartbeats; an answer to one may take this long.
    private static readonly TimeSpan IdleUnsubscribed = TimeSpan.FromSeconds(12);
    private const string NoDataYet = "subscribed; no data yet";

    private static readonly TimeSpan PingAfter = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan AfterMaintenance = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Ban = TimeSpan.FromMinutes(10);

    private readonly ILogger logger;
    private readonly AttemptBudget budget;
    private readonly long start;
    private readonly Dictionary<long, long> pings = [];
    private LiveWebSocket? socket;
    private TimeSpan lastSent;
    private TimeSpan nextDue;
    private int shownTroubled;
    private string? state;

    /// <param name="options">What to do.</param>
    /// <param name="symbols">The subscriptions' keys.</param>
    /// <param name="awaitsData">A snapshot follows every subscription.</param>
    /// <param name="time">Paces every wait.</param>
    /// <param name="logger">Told of phases, ends of sessions and refused subscriptions.</param>
    protected KrakenStreamSource(
        KrakenLiveOptions options, IEnumerable<string> symbols, bool awaitsData, TimeProvider time, ILogger logger)
        : base(options.Common, time, logger)
    {
        Options = options;
        this.logger = logger;
        start = time.GetTimestamp();
        Decoder = new KrakenDecoder(options.Depth) { PublishedLevels = options.Depth };
        Subscriptions = new KrakenSubscriptions(symbols, awaitsData, options.Common.Scale);
        // 150 attempts in 10 minutes get an address banned; three publishers share it.
        budget = new AttemptBudget(45, options.Common.Scale(Ban));
    }

    /// <summary>What to do.</summary>
    protected KrakenLiveOptions Options { get; }

    /// <summary>Books, orders and trades, over all connections.</summary>
    protected KrakenDecoder Decoder { get; }

    /// <summary>The channel's subscriptions.</summary>
    protected KrakenSubscriptions Subscriptions { get; }

    /// <summary>Time since this feed was made.</summary>
    protected TimeSpan Now => Time.GetElapsedTime(start);

    /// <summary>What of the venue's words is secret.</summary>
    protected virtual ReadOnlySpan<string?> Secrets => [];

    /// <summary>Before the connection is opened: get what it takes to subscribe.</summary>
    protected virtual Task AuthenticateAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Before requests are written: renew what they need.</summary>
    protected virtual Task BeforeRequestAsync(KrakenRequest request, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Writes what a subscription needs besides channel and pairs.</summary>
    protected abstract void WriteParameters(Utf8JsonWriter json, bool subscribe);

    /// <summary>A frame of data has been decoded.</summary>
    protected abstract ValueTask OnDataAsync(KrakenFrameKind kind, long receivedNs, CancellationToken cancellationToken);

    /// <summary>A frame that cannot be decoded, already counted. What its loss means is the channel's own.</summary>
    protected virtual void OnMalformed(ReadOnlySpan<byte> frame)
    {
        // A ticker is followed by a whole one, and trades show a gap by their ids.
    }

    /// <summary>A refused request of the channel; true when the channel has dealt with it.</summary>
    protected virtual bool OnRefused(KrakenReply reply) => false;

    /// <inheritdoc/>
    protected override async Task RunSessionAsync(CancellationToken cancellationToken)
    {
        for (var wait = budget.Take(Now); wait > TimeSpan.Zero; wait = budget.Take(Now))
        {
            Status.Enter(FeedPhase.Connecting, $"{wait.TotalSeconds:0} s of waiting: Kraken bans an address that connects too often");
            await Task.Delay(wait, Time, cancellationToken).ConfigureAwait(false);
        }

        await AuthenticateAsync(cancellationToken).ConfigureAwait(false);
        using var connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
        socket = connection;
        Connected();
        Decoder.BeginConnection();
        Subscriptions.BeginConnection(Now);
        pings.Clear();
        state = null;
        lastSent = Now;
        Wake();
        Task<ReadOnlyMemory<byte>?>? receive = null;
        try
        {
            while (true)
            {
                await SendDueAsync(cancellationToken).ConfigureAwait(false);
                receive ??= connection.ReceiveAsync(cancellationToken);
                if (await ArrivedAsync(receive, cancellationToken).ConfigureAwait(false))
                {
                    var frame = await receive.ConfigureAwait(false)
                        ?? throw new LiveException(connection.CloseReason)
                        {
                            RetryAfter = Decoder.SystemStatus == "maintenance" ? Options.Common.Scale(AfterMaintenance) : null,
                        };
                    receive = null;
                    await OnFrameAsync(frame, cancellationToken).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            socket = null;
            if (cancellationToken.IsCancellationRequested)
                await connection.CloseAsync(TimeSpan.FromSeconds(1)).ConfigureAwait(false);
            connection.Dispose();
            if (receive is not null)
                await ((Task)receive).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Look at the subscriptions before the next frame.</summary>
    protected void Wake() => nextDue = TimeSpan.Zero;

    /// <summary>The data of a pair do not fit: only this pair is asked for anew.</summary>
    protected void Resynchronise(string symbol, string problem)
    {
        if (!Subscriptions.Resynchronise(symbol, problem))
            return;
        Status.Count(FeedCounters.Resyncs);
        LogResync(logger, Options.Common.Name, symbol.Length == 0 ? Options.Channel : symbol, problem);
        Wake();
        ShowTrouble();
    }

    /// <summary>Data that count came: the feed is live, whatever else there is to say.</summary>
    protected void ShowLive()
    {
        var venue = Decoder.SystemStatus is { } s and not "online" ? $"; Kraken is in {Redaction.Clean(s)}" : "";
        var troubled = Subscriptions.Troubled;
        if (troubled != shownTroubled)
            Status.Set(FeedCounters.RefusedSubscriptions, shownTroubled = troubled);
        var problems = troubled > 0 ? "; " + Subscriptions.Problems : "";
        if (venue.Length + problems.Length == 0)
            DataFlowed("data flow");
        else
            DataFlowed("data flow" + venue + problems);
    }

    private async Task<LiveWebSocket> OpenAsync(CancellationToken cancellationToken)
    {
        var options = Options.Common;
        Status.Enter(FeedPhase.Connecting, $"connecting to {options.Url.Host}");
        try
        {
            return await LiveWebSocket.ConnectAsync(
                options.Url, Options.Trusted, options.Scale(ConnectTimeout), Time, cancellationToken).ConfigureAwait(false);
        }
        catch (WebSocketUpgradeException e) when (e.Status is 401 or 404 or 409)
        {
            throw new LiveRefusedException(e.Message, e);
        }
        catch (WebSocketUpgradeException e) when (e.Status is 403 or 429)
        {
            throw new LiveRefusedException($"{e.Message}: too many connections from this address", e)
            {
                RetryAfter = e.RetryAfter ?? options.Scale(Ban),
            };
        }
        catch (WebSocketUpgradeException e)
        {
            throw new LiveException(e.Message, e) { RetryAfter = e.RetryAfter ?? options.Scale(AfterMaintenance) };
        }
    }

    // True when a frame is there; false when it is time to look at subscriptions, pings and silence.
    private async ValueTask<bool> ArrivedAsync(Task<ReadOnlyMemory<byte>?> receive, CancellationToken cancellationToken)
    {
        if (receive.IsCompleted)
            return true;
        var idle = Options.Common.Scale(Subscriptions.AnyTaken ? Idle : IdleUnsubscribed);
        var silence = socket!.Silence;
        if (silence >= idle)
        {
            var reason = $"nothing from Kraken for {silence.TotalSeconds:0.#} s";
            Status.Enter(FeedPhase.Stale, reason);
            throw new LiveException(reason) { Phase = FeedPhase.Stale };
        }

        var wait = idle - silence;
        var due = nextDue - Now;
        if (due < wait)
            wait = due;
        if (wait < TimeSpan.FromMilliseconds(1))
            wait = TimeSpan.FromMilliseconds(1);
        try
        {
            await receive.WaitAsync(wait, Time, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            // The frame may have come just then.
            return receive.IsCompleted;
        }
    }

    private async Task SendDueAsync(CancellationToken cancellationToken)
    {
        var now = Now;
        if (now < nextDue)
            return;
        while (Subscriptions.NextRequest(now) is { } request)
        {
            await BeforeRequestAsync(request, cancellationToken).ConfigureAwait(false);
            await SendAsync(request.ToJson(Options.Channel, json => WriteParameters(json, request.Subscribe)), cancellationToken)
                .ConfigureAwait(false);
        }

        var pingAt = lastSent + Options.Common.Scale(PingAfter);
        if (now >= pingAt)
        {
            var id = Subscriptions.NextRequestId();
            pings[id] = Time.GetTimestamp();
            await SendAsync(KrakenRequest.Ping(id), cancellationToken).ConfigureAwait(false);
            pingAt = now + Options.Common.Scale(PingAfter);
        }

        nextDue = Subscriptions.NextDue(now);
        if (pingAt < nextDue)
            nextDue = pingAt;
        ShowTrouble();
    }

    private async Task SendAsync(ReadOnlyMemory<byte> text, CancellationToken cancellationToken)
    {
        await socket!.SendAsync(text, cancellationToken).ConfigureAwait(false);
        lastSent = Now;
    }

    private async ValueTask OnFrameAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellationToken)
    {
        var receivedNs = Rfc3339.ToNanoseconds(Time.GetUtcNow());
        Record(frame.Span, receivedNs);
        var kind = Decoder.Decode(frame.Span);
        switch (kind)
        {
            case KrakenFrameKind.Heartbeat:
            case KrakenFrameKind.Instrument:
                return;
            case KrakenFrameKind.Unknown:
                Status.Count(FeedCounters.Unknown);
                return;
            case KrakenFrameKind.Malformed:
                Status.Count(FeedCounters.Undecodable);
                LogUndecodable(logger, Options.Common.Name, Redaction.Clean(Decoder.LastError, Secrets));
                OnMalformed(frame.Span);
                return;
            case KrakenFrameKind.Status:
                OnStatus();
                return;
            case KrakenFrameKind.Reply:
                OnReply(Decoder.Reply!, receivedNs);
                return;
            default:
                await OnDataAsync(kind, receivedNs, cancellationToken).ConfigureAwait(false);
                return;
        }
    }

    private void OnStatus()
    {
        if (Decoder.SystemStatus == state)
            return;
        state = Decoder.SystemStatus;
        if (state == "maintenance")
            Status.Enter(FeedPhase.Stale, "Kraken is in maintenance");
        else if (Status.Current.Phase == FeedPhase.Live)
            ShowLive();
    }

    private void OnReply(KrakenReply reply, long receivedNs)
    {
        if (reply.Method == "pong")
        {
            // Halfway between ping and pong the venue's clock showed what it sent.
            if (reply.TimeOutNs is { } venueNs && reply.RequestId is { } id && pings.Remove(id, out var sent))
                ObserveClock(venueNs, receivedNs - (long)(Time.GetElapsedTime(sent).TotalNanoseconds / 2));
            return;
        }

        if (reply.TimeOutNs is { } ns)
            ObserveClock(ns, receivedNs);
        if (!reply.Success)
        {
            LogRefused(logger, Options.Common.Name, reply.Symbol ?? Options.Channel, Redaction.Clean(reply.Error, Secrets));
            if (OnRefused(reply))
                return;
            reply = reply with { Error = Redaction.Clean(reply.Error, Secrets) };
        }

        if (!Subscriptions.OnReply(reply, Now))
            Status.Count(FeedCounters.Unknown);
        Wake();
        if (Subscriptions.AllRefused)
            throw new LiveRefusedException($"every subscription is refused: {Subscriptions.Problems}");
        if (Subscriptions.AnyTaken && Subscriptions.Troubled == 0 && state != "maintenance"
            && Status.Current.Phase is not (FeedPhase.Live or FeedPhase.Subscribed))
            Status.Enter(FeedPhase.Subscribed, NoDataYet);
        ShowTrouble();
    }

    // A pair in trouble shows at once: in the reason while others flow, as stale when none does.
    private void ShowTrouble()
    {
        var troubled = Subscriptions.Troubled;
        Status.Set(FeedCounters.RefusedSubscriptions, shownTroubled = troubled);
        if (troubled == 0 || state == "maintenance")
            return;
        if (Subscriptions.AnyActive && Status.Current.Phase == FeedPhase.Live)
            Status.Enter(FeedPhase.Live, "data flow; " + Subscriptions.Problems);
        else if (Subscriptions.AnyActive)
            Status.Enter(FeedPhase.Subscribed, NoDataYet + "; " + Subscriptions.Problems);
        else
            Status.Enter(FeedPhase.Stale, Subscriptions.Problems!);
    }

    [LoggerMessage(120, LogLevel.Warning, "{Name}: Kraken refuses {Symbol}: {Error}")]
    private static partial void LogRefused(ILogger logger, string name, string symbol, string error);

    [LoggerMessage(121, LogLevel.Warning, "{Name}: {Symbol} is subscribed to anew: {Problem}")]
    private static partial void LogResync(ILogger logger, string name, string symbol, string problem);

    [LoggerMessage(122, LogLevel.Warning, "{Name}: a frame cannot be decoded: {Error}")]
    private static partial void LogUndecodable(ILogger logger, string name, string error);
}
