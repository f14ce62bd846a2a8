using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Nbpy.Publishers.Live;

namespace Nbpy.Publishers.Betfair.Live;

/// <summary>betfair_stream, live, from the Exchange Stream API. The market cache outlives a connection: the next one resumes with
/// <c>initialClk</c> and <c>clk</c> and gets what has changed since. What Betfair marks unreliable (status 503) is applied and not
/// published until it is reliable again.</summary>
public sealed partial class BetfairLiveSource(BetfairLiveOptions options, TimeProvider time, ILogger logger) : LiveSource(options.Common, time, logger)
{
    /// <summary>Betfair sets no bound to a line; an image of 200 markets is some megabytes.</summary>
    private const int LongestLine = 64 * 1024 * 1024;
    private const int AuthenticationId = 1;
    private static readonly TimeSpan Handshake = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Crowded = TimeSpan.FromSeconds(60);

    private readonly ILogger logger = logger;
    private readonly Dictionary<(string Market, long Id, decimal Handicap), BetfairSelectionChange> published = [];
    private readonly OrderedDictionary<(string Market, long Id, decimal Handicap), BetfairSelectionChange> held = [];
    private BetfairStreamDecoder decoder = new();
    private string? session = options.SessionToken;
    private bool resume;
    private long subscription = AuthenticationId;

    /// <inheritdoc/>
    protected override async Task RunSessionAsync(CancellationToken cancellationToken)
    {
        if (session is null)
        {
            Status.Enter(FeedPhase.Authenticating, $"signing in at {options.LoginUrl.Host}");
            session = await new BetfairLogin(options, Time).SignInAsync(cancellationToken).ConfigureAwait(false);
        }

        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        var stream = await ConnectAsync(socket, cancellationToken).ConfigureAwait(false);
        using var lines = new HttpLineStream(stream, stream, Time, LongestLine);
        Connected();
        await ExpectAsync(lines, BetfairLineKind.Connection, null, cancellationToken).ConfigureAwait(false);
        LogConnection(logger, options.Common.Name, decoder.ConnectionId);
        Status.Enter(FeedPhase.Authenticating, "authenticating");
        await SendAsync(stream, new JsonObject { ["op"] = "authentication", ["id"] = AuthenticationId, ["appKey"] = options.AppKey, ["session"] = session }, cancellationToken).ConfigureAwait(false);
        await ExpectAsync(lines, BetfairLineKind.Status, AuthenticationId, cancellationToken).ConfigureAwait(false);
        await SubscribeAsync(stream, cancellationToken).ConfigureAwait(false);
        try
        {
            while (await ReadAsync(lines, Silence, cancellationToken).ConfigureAwait(false) is { } kind)
                await OnLineAsync(kind, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (decoder.ImageIncomplete)
            {
                Status.Count(FeedCounters.Resyncs);
                Forget();
            }
        }
    }

    private TimeSpan Silence => options.Common.Scale(TimeSpan.FromMilliseconds(2.0 * (decoder.HeartbeatMs ?? options.HeartbeatMs)));

    private async Task<Stream> ConnectAsync(Socket socket, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(options.Common.Scale(Handshake), Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var url = options.Common.Url;
        try
        {
            await socket.ConnectAsync(url.Host, url.Port, either.Token).ConfigureAwait(false);
            var tls = new SslStream(new NetworkStream(socket, ownsSocket: true), leaveInnerStreamOpen: false);
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions { TargetHost = url.Host, RemoteCertificateValidationCallback = LiveTrust.Callback(options.Common.TrustedCertificates()) },
                either.Token).ConfigureAwait(false);
            return tls;
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new LiveException($"{url.Host} did not answer in time");
        }
    }

    private async Task SubscribeAsync(Stream stream, CancellationToken cancellationToken)
    {
        decoder.SubscriptionId = ++subscription;
        var request = new JsonObject
        {
            ["op"] = "marketSubscription",
            ["id"] = subscription,
            ["segmentationEnabled"] = true,
            ["conflateMs"] = options.ConflateMs,
            ["heartbeatMs"] = options.HeartbeatMs,
            ["marketFilter"] = options.MarketFilter.DeepClone(),
            ["marketDataFilter"] = new JsonObject
            {
                ["ladderLevels"] = options.LadderLevels,
                ["fields"] = new JsonArray("EX_BEST_OFFERS", "EX_TRADED_VOL", "EX_LTP", "EX_MARKET_DEF"),
            },
        };
        if (resume && decoder is { InitialClock: { } initialClock, Clock: { } clock })
        {
            request["initialClk"] = initialClock;
            request["clk"] = clock;
        }

        await SendAsync(stream, request, cancellationToken).ConfigureAwait(false);
        Status.Enter(FeedPhase.Subscribed, "subscribed; no data yet");
    }

    private async ValueTask OnLineAsync(BetfairLineKind kind, CancellationToken cancellationToken)
    {
        switch (kind)
        {
            case BetfairLineKind.MarketChange:
                resume = true;
                ObserveClock(decoder.PublishTimeMs * 1_000_000);
                await OnChangesAsync(cancellationToken).ConfigureAwait(false);
                break;
            case BetfairLineKind.Heartbeat:
                await OnChangesAsync(cancellationToken).ConfigureAwait(false);
                break;
            case BetfairLineKind.Status:
                CheckStatus(decoder.Status!);
                break;
            case BetfairLineKind.Unknown:
                Status.Count(FeedCounters.Unknown);
                break;
            case BetfairLineKind.Malformed:
                // Part of it may be in the cache: only a new image is the truth.
                Status.Count(FeedCounters.Undecodable);
                Status.Count(FeedCounters.Resyncs);
                var error = decoder.LastError;
                Forget();
                throw new LiveException($"a line cannot be decoded ({Redaction.Clean(error, options.AppKey, session)}); asking for a new image");
        }
    }

    /// <summary>Publishes what has changed; while the data are unreliable it is held, the newest of each selection.</summary>
    private async ValueTask OnChangesAsync(CancellationToken cancellationToken)
    {
        if (decoder.ImageBegan)
            held.Clear();
        foreach (var change in decoder.Changes)
        {
            var key = (change.MarketId, change.SelectionId, change.Handicap);
            held.Remove(key);
            held.Add(key, change);
        }

        if (decoder.Unreliable)
        {
            if (Status.Current.Phase != FeedPhase.Stale)
                Status.Enter(FeedPhase.Stale, "Betfair marks its data unreliable (status 503)");
            return;
        }

        if (held.Count == 0)
        {
            if (Status.Current.Phase == FeedPhase.Stale)
                DataFlowed();
            return;
        }

        foreach (var (key, change) in held)
        {
            // A new image repeats what was published when nothing has changed since.
            if (published.TryGetValue(key, out var before) && before with { TimestampNs = change.TimestampNs } == change)
            {
                Status.Count(FeedCounters.Repeated);
                continue;
            }

            published[key] = change;
            await EmitAsync(BetfairMessages.ToMessage(change), cancellationToken).ConfigureAwait(false);
        }

        held.Clear();
        DataFlowed();
        foreach (var gone in published.Keys.Where(k => !decoder.Markets.ContainsKey(k.Market)).ToList())
            published.Remove(gone);
    }

    /// <summary>Reads lines until the one awaited; what else is said meanwhile is looked at.</summary>
    private async Task ExpectAsync(HttpLineStream lines, BetfairLineKind wanted, long? id, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await ReadAsync(lines, options.Common.Scale(Handshake), cancellationToken).ConfigureAwait(false) is not { } kind)
                throw new LiveException("Betfair closed the connection during the handshake");
            if (kind == BetfairLineKind.Status)
                CheckStatus(decoder.Status!);
            if (kind == wanted && (id is null || decoder.Status?.Id == id))
                return;
        }
    }

    private async ValueTask<BetfairLineKind?> ReadAsync(HttpLineStream lines, TimeSpan silence, CancellationToken cancellationToken)
    {
        try
        {
            if (await lines.ReadLineAsync(silence, cancellationToken).ConfigureAwait(false) is not { } line)
                return null;
            Record(line.Span);
            return decoder.Decode(line);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"no heartbeat from Betfair: {e.Message}", e);
        }
    }

    private void CheckStatus(BetfairStatus status)
    {
        if (status.Success)
            return;
        var text = $"{status.ErrorCode}: {Redaction.Clean(status.ErrorMessage, options.AppKey, session, options.Password)}";
        switch (status.ErrorCode)
        {
            case "NO_SESSION" or "INVALID_SESSION_INFORMATION" when options is { Username: not null, Password: not null }:
                session = null; // Signs in anew.
                throw new LiveException($"the session has ended ({text})");
            case "NO_SESSION" or "INVALID_SESSION_INFORMATION":
                throw new LiveRefusedException($"Betfair does not take BETFAIR_SESSION_TOKEN ({text}); set a new one, or BETFAIR_USERNAME and BETFAIR_PASSWORD");
            case "NO_APP_KEY" or "INVALID_APP_KEY" or "NOT_AUTHORIZED":
                throw new LiveRefusedException($"Betfair refuses the application key ({text})");
            case "SUBSCRIPTION_LIMIT_EXCEEDED":
                Status.Set(FeedCounters.RefusedSubscriptions, 1);
                throw new LiveRefusedException($"the filter asks for more markets than the account may have ({text}); narrow options.markets");
            case "INVALID_CLOCK":
                Forget();
                throw new LiveException($"Betfair does not take the clocks to resume with ({text}); subscribing afresh");
            case "MAX_CONNECTION_LIMIT_EXCEEDED" or "TOO_MANY_REQUESTS":
                throw new LiveException(text) { RetryAfter = options.Common.Scale(Crowded) };
            default:
                throw new LiveException(text);
        }
    }

    /// <summary>The next subscription is one without clocks: it gets an image of everything.</summary>
    private void Forget()
    {
        decoder = new BetfairStreamDecoder();
        held.Clear();
        resume = false;
    }

    private static async Task SendAsync(Stream stream, JsonObject message, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(Encoding.UTF8.GetBytes(message.ToJsonString() + "\r\n"), cancellationToken).ConfigureAwait(false);
        await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    [LoggerMessage(140, LogLevel.Information, "{Name}: Betfair's connection {ConnectionId}")]
    private static partial void LogConnection(ILogger logger, string name, string? connectionId);
}
