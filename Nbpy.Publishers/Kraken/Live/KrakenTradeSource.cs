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
    private readonly Dictionary<string, long> last = new(StringComparer.Ordinal);
    private readonly KrakenTradeHistory history = new();

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
            var isHistory = history.Contains(trade);
            if (!isHistory)
                CountGaps(trade);
            last[trade.Symbol] = Math.Max(trade.TradeId, last.GetValueOrDefault(trade.Symbol, long.MinValue));
            if (isHistory)
                continue;
            if (trade.History)
                Status.Count(FeedCounters.Backfilled);
            await EmitAsync(KrakenMessages.ToMessage(trade, receivedNs), cancellationToken).ConfigureAwait(false);
        }

        history.EndFrame();
    }

    // A trade that was missing when its successor came may still come: counted then, the difference is what is lost.
    private void CountGaps(in KrakenTrade trade)
    {
        if (!last.TryGetValue(trade.Symbol, out var before))
            return;
        if (trade.TradeId > before + 1)
            Status.Count("missed_trades", trade.TradeId - before - 1);
        else if (trade.TradeId < before)
            Status.Count("late_trades");
    }
}
