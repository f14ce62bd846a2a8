using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Nbpy.Messaging;
using Nbpy.Publishers.Live;

namespace Nbpy.Publishers.Betfair.Live;

/// <summary>A subscription of the Exchange Stream API: login, TLS, authentication, what is done on each status, and resumption. The cache
/// outlives a connection: the next one resumes with <c>initialClk</c> and <c>clk</c> and gets what has changed since.</summary>
public abstract partial class BetfairFeed : LiveSource
{
    /// <summary>Betfair sets no bound to a line; an image of 200 markets is some megabytes.</summary>
    private const int LongestLine = 64 * 1024 * 1024;
    private static readonly TimeSpan Handshake = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Crowded = TimeSpan.FromSeconds(60);

    private readonly BetfairLiveOptions options;
    private readonly ILogger logger;
    private readonly BetfairSession session;
    private Task? keepingAlive;
    private Task? askAgain;
    private string? token;
    private long lastId;
    private bool resume;

    /// <param name="options">What to do.</param>
    /// <param name="time">Paces every wait.</param>
    /// <param name="logger">Told of phases and ends of sessions.</param>
    protected BetfairFeed(BetfairLiveOptions options, TimeProvider time, ILogger logger)
        : base(options.Common, time, logger)
    {
        this.options = options;
        this.logger = logger;
        session = new BetfairSession(options, time, logger);
    }

    /// <summary>The decoder with its cache.</summary>
    protected abstract BetfairLineDecoder Decoder { get; }

    /// <summary>The subscription's request without id and clocks.</summary>
    protected abstract JsonObject Subscription();

    /// <summary>A change message or a heartbeat was decoded.</summary>
    protected abstract ValueTask OnChangeAsync(BetfairLineKind kind, CancellationToken cancellationToken);

    /// <summary>The cache is no longer right: the decoder begins afresh with a new image.</summary>
    protected abstract void Forget();

    /// <inheritdoc/>
    protected override async Task RunSessionAsync(CancellationToken cancellationToken)
    {
        keepingAlive ??= session.KeepAliveAsync(cancellationToken);
        try
        {
            await RunConnectionAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (cancellationToken.IsCancellationRequested)
                await keepingAlive.ConfigureAwait(false);
        }
    }

    /// <summary>While Betfair marks its data unreliable the feed is stale; the connection is kept.</summary>
    protected bool ShownUnreliable()
    {
        if (Decoder.Unreliable && Status.Current.Phase != FeedPhase.Stale)
            Status.Enter(FeedPhase.Stale, "Betfair marks its data unreliable (status 503)");
        return Decoder.Unreliable;
    }

    /// <summary>A complete change shows that the feed is live (an image or a resumption may have nothing new in it); a heartbeat only that
    /// data are reliable again.</summary>
    protected void ShowLive(BetfairLineKind kind)
    {
        if (kind == BetfairLineKind.Heartbeat ? Status.Current.Phase == FeedPhase.Stale : !Decoder.ImageIncomplete)
            DataFlowed();
    }

    private async Task RunConnectionAsync(CancellationToken cancellationToken)
    {
        if (session.Token is null)
            Status.Enter(FeedPhase.Authenticating, $"signing in at {options.LoginUrl.Host}");
        token = await session.OpenAsync(cancellationToken).ConfigureAwait(false);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        var stream = await ConnectAsync(socket, cancellationToken).ConfigureAwait(false);
        using var lines = new HttpLineStream(stream, stream, Time, LongestLine);
        Connected();
        await ExpectAsync(lines, BetfairLineKind.Connection, cancellationToken).ConfigureAwait(false);
        LogConnection(logger, options.Common.Name, Decoder.ConnectionId);
        Status.Enter(FeedPhase.Authenticating, "authenticating");
        await SendAsync(stream, new JsonObject { ["op"] = "authentication", ["id"] = ++lastId, ["appKey"] = options.AppKey, ["session"] = token }, cancellationToken).ConfigureAwait(false);
        await ExpectAsync(lines, BetfairLineKind.Status, cancellationToken).ConfigureAwait(false);
        await SubscribeAsync(stream, cancellationToken).ConfigureAwait(false);
        try
        {
            await ReadToTheEndAsync(lines, stream, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            askAgain = null;
            if (Decoder.ImageIncomplete)
            {
                Status.Count(FeedCounters.Resyncs);
                BeginAfresh();
            }
        }
    }

    /// <summary>The next subscription is one without clocks: it gets an image of everything.</summary>
    private void BeginAfresh()
    {
        resume = false;
        Forget();
    }

    private TimeSpan Silence => options.Common.Scale(TimeSpan.FromMilliseconds(2.0 * (Decoder.HeartbeatMs ?? options.HeartbeatMs)));

    private async Task<Stream> ConnectAsync(Socket socket, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(options.Common.Scale(Handshake), Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var host = options.Common.Url.Host;
        try
        {
            await socket.ConnectAsync(host, options.Port, either.Token).ConfigureAwait(false);
            var tls = new SslStream(new NetworkStream(socket, ownsSocket: true), leaveInnerStreamOpen: false);
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions { TargetHost = host, RemoteCertificateValidationCallback = LiveTrust.Callback(options.Common.TrustedCertificates()) },
                either.Token).ConfigureAwait(false);
            return tls;
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new LiveException($"{host} did not answer in time");
        }
    }

    private async Task SubscribeAsync(Stream stream, CancellationToken cancellationToken)
    {
        Decoder.SubscriptionId = ++lastId;
        var request = Subscription();
        request.Insert(1, "id", lastId);
        if (resume && Decoder is { InitialClock: { } initialClock, Clock: { } clock })
        {
            request["initialClk"] = initialClock;
            request["clk"] = clock;
        }

        await SendAsync(stream, request, cancellationToken).ConfigureAwait(false);
        Status.Enter(FeedPhase.Subscribed, "subscribed; no data yet");
    }

    /// <summary>Reads until the connection ends. While Betfair refuses the subscription and keeps the connection, no heartbeats come: it is
    /// kept, and asked again at the longest wait.</summary>
    private async Task ReadToTheEndAsync(HttpLineStream lines, Stream stream, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = askAgain is null ? ReadAsync(lines, Silence, cancellationToken) : ReadWhileRefusedAsync(lines, stream, cancellationToken);
            if (await read.ConfigureAwait(false) is not { } kind)
                return;
            await OnLineAsync(kind, stream, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask<BetfairLineKind?> ReadWhileRefusedAsync(HttpLineStream lines, Stream stream, CancellationToken cancellationToken)
    {
        // The silence rule counts again once the subscription has been asked for anew.
        var reading = ReadAsync(lines, options.Common.Scale(options.Common.ReconnectCap) + Silence, cancellationToken).AsTask();
        if (askAgain is { } wait && await Task.WhenAny(reading, wait).ConfigureAwait(false) == wait)
        {
            askAgain = null;
            await SubscribeAsync(stream, cancellationToken).ConfigureAwait(false);
        }

        return await reading.ConfigureAwait(false);
    }

    private async ValueTask OnLineAsync(BetfairLineKind kind, Stream stream, CancellationToken cancellationToken)
    {
        switch (kind)
        {
            case BetfairLineKind.MarketChange or BetfairLineKind.OrderChange:
                resume = true;
                askAgain = null;
                if (Decoder.SentNs is { } sentNs)
                    ObserveClock(sentNs);
                await OnChangeAsync(kind, cancellationToken).ConfigureAwait(false);
                break;
            case BetfairLineKind.Heartbeat:
                await OnChangeAsync(kind, cancellationToken).ConfigureAwait(false);
                break;
            case BetfairLineKind.Status when Decoder.Status is { Success: false } failure:
                await OnFailureAsync(failure, stream, cancellationToken).ConfigureAwait(false);
                break;
            case BetfairLineKind.Status when Decoder.Status?.Id == Decoder.SubscriptionId:
                Status.Set(FeedCounters.RefusedSubscriptions, 0);
                break;
            case BetfairLineKind.Unknown:
                Status.Count(FeedCounters.Unknown);
                break;
            case BetfairLineKind.Malformed:
                // Part of it may be in the cache: only a new image is the truth.
                Status.Count(FeedCounters.Undecodable);
                Status.Count(FeedCounters.Resyncs);
                var error = Decoder.LastError;
                BeginAfresh();
                throw new LiveException($"a line cannot be decoded ({Clean(error)}); asking for a new image");
        }
    }

    /// <summary>A failure that closes the connection ends the session; after one that does not, the connection is kept: Betfair's own word
    /// counts, not the code's usual meaning.</summary>
    private async ValueTask OnFailureAsync(BetfairStatus failure, Stream stream, CancellationToken cancellationToken)
    {
        var ours = failure.Id is null || failure.Id == Decoder.SubscriptionId;
        if (failure.ConnectionClosed)
            throw Ended(failure);
        if (failure.ErrorCode == "INVALID_CLOCK")
        {
            BeginAfresh();
            await SubscribeAsync(stream, cancellationToken).ConfigureAwait(false);
        }
        else if (ours && Status.Current.Phase != FeedPhase.Live)
        {
            var reason = Ended(failure).Message;
            Status.Set(FeedCounters.RefusedSubscriptions, 1);
            Status.Enter(FeedPhase.Refused, reason);
            var again = options.Common.Scale(options.Common.ReconnectCap);
            LogRefused(logger, options.Common.Name, reason, again.TotalSeconds);
            askAgain = Task.Delay(again, Time, cancellationToken);
        }
        else
        {
            LogFailure(logger, options.Common.Name, Text(failure));
        }
    }

    /// <summary>Reads lines until the one awaited; what else is said meanwhile is looked at. Before the subscription nothing else is
    /// outstanding, so a status is the answer whatever its id.</summary>
    private async Task ExpectAsync(HttpLineStream lines, BetfairLineKind wanted, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await ReadAsync(lines, options.Common.Scale(Handshake), cancellationToken).ConfigureAwait(false) is not { } kind)
                throw new LiveException("Betfair closed the connection during the handshake");
            if (kind == BetfairLineKind.Status && Decoder.Status is { Success: false } failure)
                throw Ended(failure);
            if (kind == wanted)
                return;
            if (kind == BetfairLineKind.Malformed)
                Status.Count(FeedCounters.Undecodable);
        }
    }

    private async ValueTask<BetfairLineKind?> ReadAsync(HttpLineStream lines, TimeSpan silence, CancellationToken cancellationToken)
    {
        try
        {
            // A line that the connection's end has cut off is none.
            if (await lines.ReadLineAsync(silence, cancellationToken).ConfigureAwait(false) is not { } line || lines.Unterminated)
                return null;
            var receivedNs = UnixTime.NowNs(Time);
            Record(line.Span, receivedNs);
            return Decoder.Decode(line, receivedNs);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"no heartbeat from Betfair: {e.Message}", e);
        }
    }

    /// <summary>What a failure means for the session.</summary>
    private LiveException Ended(BetfairStatus status)
    {
        var text = Text(status);
        switch (status.ErrorCode)
        {
            case "NO_SESSION" or "INVALID_SESSION_INFORMATION" when options.CanSignIn:
                session.End(); // Signs in anew.
                return new LiveException($"the session has ended ({text})");
            case "NO_SESSION" or "INVALID_SESSION_INFORMATION":
                return new LiveRefusedException($"Betfair does not take BETFAIR_SESSION_TOKEN ({text}); set a new one, or BETFAIR_USERNAME and BETFAIR_PASSWORD");
            case "NO_APP_KEY" or "INVALID_APP_KEY" or "NOT_AUTHORIZED":
                return new LiveRefusedException($"Betfair refuses the application key ({text})");
            case "SUBSCRIPTION_LIMIT_EXCEEDED":
                Status.Set(FeedCounters.RefusedSubscriptions, 1);
                return new LiveRefusedException($"the filter asks for more markets than the account may have ({text}); narrow options.markets");
            case "INVALID_CLOCK":
                BeginAfresh();
                return new LiveException($"Betfair does not take the clocks to resume with ({text}); subscribing afresh");
            case "MAX_CONNECTION_LIMIT_EXCEEDED" or "TOO_MANY_REQUESTS":
                return new LiveException(text) { RetryAfter = options.Common.Scale(Crowded) };
            default:
                return new LiveException(text);
        }
    }

    private string Text(BetfairStatus status) => $"{Clean(status.ErrorCode)}: {Clean(status.ErrorMessage)}";

    private string Clean(string? text) => Redaction.Clean(text, options.AppKey, token, options.Password);

    private static async Task SendAsync(Stream stream, JsonObject message, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(Encoding.UTF8.GetBytes(message.ToJsonString() + "\r\n"), cancellationToken).ConfigureAwait(false);
        await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    [LoggerMessage(140, LogLevel.Information, "{Name}: Betfair's connection {ConnectionId}")]
    private static partial void LogConnection(ILogger logger, string name, string? connectionId);

    [LoggerMessage(141, LogLevel.Warning, "{Name}: {Reason}; the connection is kept, and asked again in {Seconds:0.0} s")]
    private static partial void LogRefused(ILogger logger, string name, string reason, double seconds);

    [LoggerMessage(142, LogLevel.Warning, "{Name}: Betfair reports {Failure}")]
    private static partial void LogFailure(ILogger logger, string name, string failure);
}
