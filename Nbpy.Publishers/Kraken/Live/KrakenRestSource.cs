using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Nbpy.Messaging;
using Nbpy.Publishers.Decoding;
using Nbpy.Publishers.Live;

namespace Nbpy.Publishers.Kraken.Live;

/// <summary>The fallback where no WebSocket can be had (<c>options.channel</c> is <c>rest</c>): kraken_tick from
/// <c>Ticker</c> or kraken_depth from <c>Depth</c>, one pair per call, at most one call a second. REST states no time: a
/// message has the time it was received. Only what has changed is published.</summary>
public sealed partial class KrakenRestSource : LiveSource, IDisposable
{
    // Kraken's advice: about one public call a second per address.
    private static readonly TimeSpan BetweenCalls = TimeSpan.FromSeconds(1);

    // One answer may be cut off; from the third in a row on the pair counts as silent.
    private const int MostUnusable = 3;

    private readonly KrakenLiveOptions options;
    private readonly bool depth;
    private readonly ILogger logger;
    private readonly KrakenRest rest;
    private readonly Dictionary<string, KrakenTicker> tickers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, KrakenDepthLevel[]> books = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> refused = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> unusable = new(StringComparer.Ordinal);

    /// <param name="options">What to do.</param>
    /// <param name="depth">True for books, false for tickers.</param>
    /// <param name="time">Paces the calls.</param>
    /// <param name="logger">Told of refused pairs.</param>
    public KrakenRestSource(KrakenLiveOptions options, bool depth, TimeProvider time, ILogger logger)
        : base(options.Common, time, logger)
    {
        this.options = options;
        this.depth = depth;
        this.logger = logger;
        // Date has whole seconds, cut off: half a second is its mean error.
        rest = new KrakenRest(options, time)
        {
            Dated = (venue, local) => ObserveClock(
                Rfc3339.ToNanoseconds(venue + TimeSpan.FromMilliseconds(500)), Rfc3339.ToNanoseconds(local)),
        };
    }

    /// <inheritdoc/>
    public void Dispose() => rest.Dispose();

    /// <summary>The pair's name in the REST API: v1's spelling, without the slash.</summary>
    public static string RestName(string symbol) =>
        string.Concat(symbol.Split('/').Select(asset => asset switch { "BTC" => "XBT", "DOGE" => "XDG", _ => asset }));

    /// <inheritdoc/>
    protected override async Task RunSessionAsync(CancellationToken cancellationToken)
    {
        refused.Clear();
        unusable.Clear();
        // What was published before an outage is not taken for known: levels may have come and gone.
        books.Clear();
        var connected = false;
        while (true)
        {
            var round = Time.GetTimestamp();
            foreach (var symbol in options.Symbols)
            {
                if (refused.ContainsKey(symbol))
                    continue;
                await PollAsync(symbol, cancellationToken).ConfigureAwait(false);
                if (!connected)
                    Connected();
                connected = true;
                await Task.Delay(options.Common.Scale(BetweenCalls), Time, cancellationToken).ConfigureAwait(false);
            }

            Status.Set(FeedCounters.RefusedSubscriptions, refused.Count);
            if (refused.Count == options.Symbols.Count)
                throw new LiveRefusedException("every pair is refused: " + Refusals());
            var wait = options.Common.Scale(options.PollInterval) - Time.GetElapsedTime(round);
            if (wait > TimeSpan.Zero)
                await Task.Delay(wait, Time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task PollAsync(string symbol, CancellationToken cancellationToken)
    {
        var name = Uri.EscapeDataString(RestName(symbol));
        JsonElement result;
        try
        {
            result = await rest.GetAsync(
                depth
                    ? string.Create(CultureInfo.InvariantCulture, $"/0/public/Depth?pair={name}&count={options.Depth}")
                    : $"/0/public/Ticker?pair={name}", cancellationToken).ConfigureAwait(false);
        }
        catch (LiveRefusedException e) when (e.RetryAfter is null)
        {
            refused[symbol] = e.Message;
            LogRefused(logger, options.Common.Name, symbol, e.Message);
            return;
        }

        // Kraken names pairs in its own way (asked for XBTUSD, it answers XXBTZUSD): the only entry is the one.
        var receivedNs = Rfc3339.ToNanoseconds(Time.GetUtcNow());
        Received(receivedNs);
        try
        {
            var entry = result.EnumerateObject().First().Value;
            if (depth)
                await PublishAsync(symbol, KrakenRestReader.Levels(entry, options.Depth), receivedNs, cancellationToken).ConfigureAwait(false);
            else
                Publish(KrakenRestReader.Ticker(symbol, entry), receivedNs);
        }
        catch (Exception e) when (e is InvalidOperationException or KeyNotFoundException or FormatException
            or OverflowException or IndexOutOfRangeException)
        {
            OnUnusable(symbol, e.Message);
            return;
        }

        unusable.Remove(symbol);
        DataFlowed("data flow by REST" + (Problems() is { Length: > 0 } problems ? "; " + problems : ""));
    }

    // Answers come and none can be used: what was published last is no longer the market.
    private void OnUnusable(string symbol, string error)
    {
        Status.Count(FeedCounters.Undecodable);
        var times = unusable[symbol] = unusable.GetValueOrDefault(symbol) + 1;
        if (times == 1)
            LogUnusable(logger, options.Common.Name, symbol, Redaction.Clean(error));
        if (times >= MostUnusable && options.Symbols.All(s => refused.ContainsKey(s) || unusable.GetValueOrDefault(s) >= MostUnusable))
            Status.Enter(FeedPhase.Stale, Problems());
    }

    private void Publish(in KrakenTicker ticker, long receivedNs)
    {
        if (tickers.TryGetValue(ticker.Symbol, out var before) && before == ticker)
            return;
        tickers[ticker.Symbol] = ticker;
        EmitNewest(ticker.Symbol, KrakenMessages.ToMessage(ticker, receivedNs));
    }

    private async Task PublishAsync(string symbol, KrakenDepthLevel[] levels, long receivedNs, CancellationToken cancellationToken)
    {
        var before = books.GetValueOrDefault(symbol) ?? [];
        for (var i = 0; i < levels.Length; i++)
        {
            var empty = levels[i].BidPrice is null && levels[i].AskPrice is null;
            if (i < before.Length ? before[i] == levels[i] : empty)
                continue;
            await EmitKeepingPhaseAsync(KrakenMessages.ToMessage(symbol, levels[i], receivedNs), cancellationToken).ConfigureAwait(false);
        }

        books[symbol] = levels;
    }

    private string Refusals() => string.Join("; ", refused.Take(5).Select(r => $"{r.Key}: {r.Value}"));

    private string Problems() => string.Join("; ", refused.Select(r => $"{r.Key}: {r.Value}")
        .Concat(unusable.Where(u => u.Value >= MostUnusable).Select(u => $"{u.Key}: its answers cannot be used")).Take(5));

    [LoggerMessage(126, LogLevel.Warning, "{Name}: an answer for {Symbol} cannot be used: {Error} (those that follow are counted, not logged)")]
    private static partial void LogUnusable(ILogger logger, string name, string symbol, string error);

    [LoggerMessage(125, LogLevel.Warning, "{Name}: Kraken refuses {Symbol}: {Error}")]
    private static partial void LogRefused(ILogger logger, string name, string symbol, string error);
}
