using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Nbpy.Messaging;
using Nbpy.Publishers.Live;
using Nbpy.Publishers.Simulation;
using Nbpy.ServiceDefaults;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Kraken;

/// <summary>Kraken's WebSocket v2, one channel: <c>ticker</c>, <c>book</c>, <c>trade</c> or the private <c>executions</c>.</summary>
internal sealed partial class KrakenLiveSource : LiveSource
{
    private static readonly int[] Depths = [10, 25, 100, 500, 1000];
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AcknowledgementPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PingInterval = TimeSpan.FromSeconds(30);
    private readonly LiveOptions options;
    private readonly ILogger logger;
    private readonly string channel;
    private readonly int depth;
    private readonly string[] symbols;
    private readonly Dictionary<string, long> lastTrade = new(StringComparer.Ordinal);
    private readonly KrakenOrderNews orders = new();
    private int requestId;

    /// <exception cref="ServiceStartException">An option means nothing.</exception>
    public KrakenLiveSource(PublisherConfig config, TimeProvider time, ILogger logger)
        : this(config, new LiveOptions(config, ChannelOf(config) == "executions" ? "wss://ws-auth.kraken.com/v2" : "wss://ws.kraken.com/v2"), time, logger)
    {
    }

    private KrakenLiveSource(PublisherConfig config, LiveOptions options, TimeProvider time, ILogger logger)
        : base(options, time, logger)
    {
        this.options = options;
        this.logger = logger;
        channel = ChannelOf(config);
        depth = (int)options.NumberOf("depth", 10);
        if (!Depths.Contains(depth))
            throw options.Wrong("depth", "10, 25, 100, 500 or 1000");
        symbols = [.. options.Instruments.Count > 0 ? options.Instruments : Instrument.Kraken.Select(i => i.Name)];
    }

    /// <summary>The channel of a publisher's class, or what <c>options.channel</c> says where the class has a choice.</summary>
    public static string ChannelOf(PublisherConfig config) => config.Class switch
    {
        KnownClasses.KrakenDepth => "book",
        KnownClasses.KrakenOrders => config.Options.GetValueOrDefault("channel") == "trade" ? "trade" : "executions",
        _ => "ticker",
    };

    /// <inheritdoc/>
    protected override async Task RunSessionAsync(CancellationToken cancellationToken)
    {
        var token = channel == "executions" ? await TokenAsync(cancellationToken).ConfigureAwait(false) : null;
        var url = channel == "executions" ? options.UrlOf("private_url", options.Url.ToString()) : options.Url;
        using var socket = await WebSocketConnection.OpenAsync(url, options, Time, cancellationToken).ConfigureAwait(false);
        Connected();
        var session = new Session(socket, new KrakenDecoder(channel == "book" ? depth : null), new KrakenSubscriptions(channel == "executions" ? ["executions"] : symbols, options.Scale(AcknowledgementPatience), Time));
        await SubscribeAsync(session, symbols, token, cancellationToken).ConfigureAwait(false);
        var lastPing = Time.GetTimestamp();
        while (await socket.ReceiveAsync(options.Scale(Silence), cancellationToken).ConfigureAwait(false) is { } frame)
        {
            FlushHeld();
            await HandleAsync(session, frame, cancellationToken).ConfigureAwait(false);
            foreach (var late in session.Subscriptions.Overdue())
                LogRefused(options.Name, late, session.Subscriptions.Refused[late]);
            if (session.Subscriptions.IsHopeless)
                throw new LiveRefusedException(string.Join("; ", session.Subscriptions.Refused.Select(r => $"{r.Key}: {r.Value}")));
            if (Time.GetElapsedTime(lastPing) < options.Scale(PingInterval))
                continue;
            lastPing = Time.GetTimestamp();
            await socket.SendAsync($$"""{"method":"ping","req_id":{{++requestId}}}""", cancellationToken).ConfigureAwait(false);
        }

        if (session.Decoder.SystemStatus == "maintenance")
            throw new LiveException("Kraken is in maintenance") { RetryAfter = options.Scale(TimeSpan.FromSeconds(5)) };
    }

    private async Task<string> TokenAsync(CancellationToken cancellationToken)
    {
        Status.Enter(FeedPhase.Authenticating, "asking for a token");
        var key = options.Credential("api_key", "KRAKEN_API_KEY") ?? throw new LiveRefusedException("KRAKEN_API_KEY is not set");
        var secret = options.Credential("api_secret", "KRAKEN_API_SECRET") ?? throw new LiveRefusedException("KRAKEN_API_SECRET is not set");
        using var rest = new KrakenRest(options, Time);
        return await rest.TokenAsync(key, secret, cancellationToken).ConfigureAwait(false);
    }

    private Task SubscribeAsync(Session session, IReadOnlyList<string> wanted, string? token, CancellationToken cancellationToken) =>
        session.Socket.SendAsync(Request("subscribe", wanted, token), cancellationToken);

    private string Request(string method, IReadOnlyList<string> wanted, string? token)
    {
        var parameters = new Dictionary<string, object> { ["channel"] = channel };
        if (channel == "executions")
        {
            parameters["token"] = token!;
            parameters["snap_orders"] = true;
            parameters["snap_trades"] = false;
        }
        else
        {
            parameters["symbol"] = wanted;
        }

        if (channel == "book")
            parameters["depth"] = depth;
        if (channel is "book" or "ticker" && method == "subscribe")
            parameters["snapshot"] = true;
        return JsonSerializer.Serialize(new Dictionary<string, object> { ["method"] = method, ["params"] = parameters, ["req_id"] = ++requestId });
    }

    private async Task HandleAsync(Session session, ReadOnlyMemory<byte> frame, CancellationToken cancellationToken)
    {
        var decoder = session.Decoder;
        var received = UnixTime.NowNs(Time);
        switch (decoder.Decode(frame.Span))
        {
            case KrakenFrameKind.Ticker when channel == "ticker":
                foreach (var ticker in decoder.Tickers)
                {
                    if (ticker.TimestampNs is { } at)
                        ObserveClock(at);
                    EmitNewest(ticker.Symbol, KrakenMessages.ToMessage(ticker, received));
                }

                break;
            case KrakenFrameKind.Book when channel == "book":
                await HandleBooksAsync(session, received, cancellationToken).ConfigureAwait(false);
                break;
            case KrakenFrameKind.Trade when channel == "trade":
                foreach (var trade in decoder.Trades)
                    if (IsNew(trade))
                        await EmitAsync(KrakenMessages.ToMessage(trade, received), cancellationToken).ConfigureAwait(false);
                break;
            case KrakenFrameKind.Executions when channel == "executions":
                await HandleOrdersAsync(session, received, cancellationToken).ConfigureAwait(false);
                break;
            case KrakenFrameKind.Reply:
                HandleReply(session, decoder.Reply!);
                break;
            case KrakenFrameKind.Status when decoder.SystemStatus is { } system and not "online":
                LogSystem(options.Name, system);
                break;
            case KrakenFrameKind.Unknown:
                Status.Count(FeedCounters.Unknown);
                break;
            case KrakenFrameKind.Malformed:
                Status.Count(FeedCounters.Undecodable);

                // A book frame that could not be read may have been an update: the book is no longer known to be right.
                if (channel == "book")
                    throw new LiveException($"a frame cannot be read ({decoder.LastError}); every book is fetched anew");
                break;
        }
    }

    private async Task HandleBooksAsync(Session session, long received, CancellationToken cancellationToken)
    {
        // The list is the decoder's own and is reused; sending below does not touch it.
        foreach (var book in session.Decoder.Books)
        {
            if (book.Outcome == KrakenBookOutcome.ChecksumMismatch && session.Subscriptions.BeginResync(book.Symbol))
            {
                Status.Count(FeedCounters.Resyncs);
                LogChecksum(options.Name, book.Symbol, book.ExpectedChecksum, book.ActualChecksum);
                string[] one = [book.Symbol];
                await session.Socket.SendAsync(Request("unsubscribe", one, null), cancellationToken).ConfigureAwait(false);
                await session.Socket.SendAsync(Request("subscribe", one, null), cancellationToken).ConfigureAwait(false);
            }

            if (book.Outcome == KrakenBookOutcome.Snapshot)
                session.Subscriptions.EndResync(book.Symbol);
            if (book.TimestampNs is { } at)
                ObserveClock(at);
            for (var i = 0; i < book.LevelCount; i++)
                await EmitAsync(KrakenMessages.ToMessage(book.Symbol, session.Decoder.Levels[book.FirstLevel + i], book.TimestampNs ?? received), cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task HandleOrdersAsync(Session session, long received, CancellationToken cancellationToken)
    {
        if (session.Decoder.Counters.SequenceGaps > 0)
        {
            Status.Count(FeedCounters.Resyncs);
            throw new LiveException("the sequence of executions has a gap; the snapshot of a new session fills it");
        }

        DataFlowed();
        foreach (var order in session.Decoder.Orders)
            if (orders.IsNews(order))
                await EmitAsync(KrakenMessages.ToMessage(order, received), cancellationToken).ConfigureAwait(false);
            else if (!order.FromSnapshot)
                Status.Count(FeedCounters.Repeated);
        orders.EndOfSnapshot(session.Decoder.Orders);
    }

    private bool IsNew(in KrakenTrade trade)
    {
        // Over a reconnect the venue may send what was published before.
        if (trade.History || (lastTrade.TryGetValue(trade.Symbol, out var last) && trade.TradeId <= last))
        {
            if (!trade.History)
                Status.Count(FeedCounters.Repeated);
            return false;
        }

        lastTrade[trade.Symbol] = trade.TradeId;
        return true;
    }

    private void HandleReply(Session session, KrakenReply reply)
    {
        if (reply.Method is "pong" or "unsubscribe" or "ping")
            return;
        if (reply.Error?.Contains("ESession", StringComparison.Ordinal) == true || reply.Error?.StartsWith("EAPI", StringComparison.Ordinal) == true)
            throw new LiveRefusedException($"Kraken says {reply.Error}");
        if (reply.Method is null && reply.Error is { } error)
        {
            // {"error":"Exceeded msg rate"}: no symbol; slower next time.
            session.Subscriptions.FailPending(error);
            throw new LiveException($"Kraken says {error}") { RetryAfter = options.Scale(TimeSpan.FromSeconds(5)) };
        }

        if (channel == "executions")
            reply = reply with { Symbol = "executions" };
        if (session.Subscriptions.Answered(reply))
            LogRefused(options.Name, reply.Symbol!, reply.Error ?? "refused");
        if (reply.Success && Status.Current.Phase is FeedPhase.Connecting or FeedPhase.Authenticating)
            Status.Enter(FeedPhase.Subscribed, $"{channel} of {string.Join(", ", channel == "executions" ? ["the account"] : symbols)}");
    }

    private sealed record Session(WebSocketConnection Socket, KrakenDecoder Decoder, KrakenSubscriptions Subscriptions);

    [LoggerMessage(120, LogLevel.Error, "{Name}: {Symbol} is not subscribed: {Reason}; the others go on")]
    private static partial void LogRefused(ILogger logger, string name, string symbol, string reason);

    [LoggerMessage(121, LogLevel.Warning, "{Name}: the book of {Symbol} does not fit its checksum (sent {Expected}, computed {Actual}); it is fetched anew, and nothing of it is published meanwhile")]
    private static partial void LogChecksum(ILogger logger, string name, string symbol, uint expected, uint actual);

    [LoggerMessage(122, LogLevel.Warning, "{Name}: Kraken's system is in {System}")]
    private static partial void LogSystem(ILogger logger, string name, string system);

    private void LogRefused(string name, string symbol, string reason) => LogRefused(logger, name, symbol, reason);

    private void LogChecksum(string name, string symbol, uint expected, uint actual) => LogChecksum(logger, name, symbol, expected, actual);

    private void LogSystem(string name, string system) => LogSystem(logger, name, system);
}
