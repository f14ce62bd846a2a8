using System.Text.Json;
using Microsoft.Extensions.Logging;
using Nbpy.Publishers.Live;

namespace Nbpy.Publishers.Kraken.Live;

/// <summary>kraken_orders, live and without a key, from the public channel <c>trade</c>. The first snapshot is history and is
/// not published; that of a later connection fills in what was traded meanwhile, by trade id, as far as it reaches back (50
/// trades).</summary>
public sealed class KrakenTradeSource(KrakenLiveOptions options, TimeProvider time, ILogger logger)
    : KrakenStreamSource(options, options.Symbols, awaitsData: false, time, logger)
{
    private readonly Dictionary<string, long> seen = new(StringComparer.Ordinal);
    private readonly HashSet<string> historic = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    protected override void WriteParameters(Utf8JsonWriter json, bool subscribe)
    {
        if (subscribe)
            json.WriteBoolean("snapshot", true);
    }

    /// <inheritdoc/>
    protected override async ValueTask OnDataAsync(KrakenFrameKind kind, long receivedNs, CancellationToken cancellationToken)
    {
        if (kind != KrakenFrameKind.Trade)
        {
            Status.Count(FeedCounters.Unknown);
            return;
        }

        ShowLive();
        Status.Set(FeedCounters.Repeated, Decoder.Counters.DuplicateTrades);
        foreach (var trade in Decoder.Trades)
        {
            if (!Subscriptions.Has(trade.Symbol))
            {
                Status.Count(FeedCounters.Unknown);
                continue;
            }

            Subscriptions.OnData(trade.Symbol);
            var known = seen.TryGetValue(trade.Symbol, out var last);
            seen[trade.Symbol] = trade.TradeId;
            if (trade.History && !known)
            {
                // The rest of this snapshot is history as well.
                seen.Remove(trade.Symbol);
                historic.Add(trade.Symbol);
                continue;
            }

            if (known && trade.TradeId > last + 1)
                Status.Count("missed_trades", trade.TradeId - last - 1);
            if (trade.History)
                Status.Count(FeedCounters.Backfilled);
            await EmitAsync(KrakenMessages.ToMessage(trade, receivedNs), cancellationToken).ConfigureAwait(false);
        }

        foreach (var symbol in historic)
            seen[symbol] = Decoder.LastTradeId(symbol) ?? 0;
        historic.Clear();
    }
}
