using System.Text.Json;
using Microsoft.Extensions.Logging;
using Nbpy.Publishers.Live;

namespace Nbpy.Publishers.Kraken.Live;

/// <summary>kraken_tick, live, from the channel <c>ticker</c>. Only the newest of a pair counts: what repeats or is older
/// than what was published is dropped and counted, and a slow publisher sees the newest. A pair that was taken and sends no
/// snapshot is asked for anew: a client that trusts the answer alone would look alive with a pair that is silent.</summary>
public sealed class KrakenTickSource(KrakenLiveOptions options, TimeProvider time, ILogger logger)
    : KrakenStreamSource(options, options.Symbols, awaitsData: true, time, logger)
{
    private readonly Dictionary<string, KrakenTicker> published = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    protected override void WriteParameters(Utf8JsonWriter json, bool subscribe)
    {
        json.WriteString("event_trigger", Options.EventTrigger);
        if (subscribe)
            json.WriteBoolean("snapshot", true);
    }

    /// <inheritdoc/>
    protected override ValueTask OnDataAsync(KrakenFrameKind kind, long receivedNs, CancellationToken cancellationToken)
    {
        if (kind != KrakenFrameKind.Ticker)
        {
            Status.Count(FeedCounters.Unknown);
            return ValueTask.CompletedTask;
        }

        foreach (var ticker in Decoder.Tickers)
        {
            if (!Subscriptions.Has(ticker.Symbol))
            {
                Status.Count(FeedCounters.Unknown);
                continue;
            }

            Subscriptions.OnData(ticker.Symbol);
            Subscriptions.OnProven(ticker.Symbol);
            ShowLive();
            if (IsNews(ticker))
            {
                published[ticker.Symbol] = ticker;
                EmitNewest(ticker.Symbol, KrakenMessages.ToMessage(ticker, receivedNs));
            }
            else
            {
                Status.Count(FeedCounters.Repeated);
            }
        }

        return ValueTask.CompletedTask;
    }

    // The snapshot of a new connection repeats what was published when nothing has happened since.
    private bool IsNews(in KrakenTicker ticker) =>
        !published.TryGetValue(ticker.Symbol, out var before)
        || (ticker != before && !(ticker.TimestampNs < before.TimestampNs));
}
