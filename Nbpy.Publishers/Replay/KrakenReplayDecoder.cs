using Nbpy.Messaging;
using Nbpy.Publishers.Kraken;

namespace Nbpy.Publishers.Replay;

/// <summary>The three Kraken topics out of recorded frames of WebSocket v2 (tickers of v1 as well).</summary>
internal sealed class KrakenReplayDecoder(KrakenReplayTopic topic, int? depth) : IReplayDecoder
{
    private readonly int? depth = depth;
    private readonly KrakenDecoder decoder = new(depth) { PublishedLevels = depth ?? KrakenChecksum.Levels };
    private readonly Dictionary<string, KrakenTicker> published = new(StringComparer.Ordinal);
    private readonly KrakenTradeHistory history = new();
    private bool live;

    public void Connected()
    {
        live = true;
        // As many levels as the live feed was asked for: its subscription's answer is in the recording.
        if (depth is null)
            decoder.PublishedLevels = null;
        decoder.BeginConnection();
    }

    public string? Decode(ReadOnlyMemory<byte> payload, long receivedNs, List<MarketMessage> into)
    {
        if (payload.Span[0] == '[')
        {
            if (topic == KrakenReplayTopic.Tick && KrakenV1Ticker.TryDecode(payload, out var ticker))
                into.Add(KrakenMessages.ToMessage(ticker, receivedNs));
            return null;
        }
        switch (decoder.Decode(payload.Span))
        {
            case KrakenFrameKind.Malformed:
                return decoder.LastError;
            case KrakenFrameKind.Reply when live && topic == KrakenReplayTopic.Orders && decoder.Reply!.Method == "subscribe":
                // After a gap the feed has subscribed anew: the sequence begins again.
                decoder.BeginExecutions();
                return null;
            case KrakenFrameKind.Ticker when topic == KrakenReplayTopic.Tick:
                foreach (var ticker in decoder.Tickers)
                {
                    if (IsNews(ticker))
                        into.Add(KrakenMessages.ToMessage(ticker, receivedNs));
                }
                return null;
            case KrakenFrameKind.Book when topic == KrakenReplayTopic.Depth:
                return AddLevels(receivedNs, into);
            case KrakenFrameKind.Executions when topic == KrakenReplayTopic.Orders:
                AddOrders(receivedNs, into);
                return null;
            case KrakenFrameKind.Trade when topic == KrakenReplayTopic.Orders:
                AddTrades(receivedNs, into);
                return null;
            default:
                return null;
        }
    }

    private bool IsNews(in KrakenTicker ticker)
    {
        if (live && published.TryGetValue(ticker.Symbol, out var before) && (ticker == before || ticker.TimestampNs < before.TimestampNs))
            return false;
        published[ticker.Symbol] = ticker;
        return true;
    }

    private void AddOrders(long receivedNs, List<MarketMessage> into)
    {
        foreach (var order in decoder.Orders)
        {
            // As live: nothing known, and no fills of before the first connection.
            if (!live || order.IsNews)
                into.Add(KrakenMessages.ToMessage(order, receivedNs));
        }
    }

    private void AddTrades(long receivedNs, List<MarketMessage> into)
    {
        foreach (var trade in decoder.Trades)
        {
            if (live ? !history.Contains(trade) : !trade.History)
                into.Add(KrakenMessages.ToMessage(trade, receivedNs));
        }

        history.EndFrame();
    }

    private string? AddLevels(long receivedNs, List<MarketMessage> into)
    {
        string? problem = null;
        foreach (var book in decoder.Books)
        {
            if (book.Outcome == KrakenBookOutcome.ChecksumMismatch)
                problem = $"checksum {book.ExpectedChecksum} of {book.Symbol} does not match ({book.ActualChecksum}): "
                    + "nothing is published for it until the next snapshot";
            for (var i = 0; i < book.LevelCount; i++)
                into.Add(KrakenMessages.ToMessage(
                    book.Symbol, decoder.Levels[book.FirstLevel + i], book.TimestampNs ?? receivedNs));
        }
        return problem;
    }
}

/// <summary>Which of Kraken's topics a replay yields.</summary>
internal enum KrakenReplayTopic
{
    Tick,
    Depth,
    Orders,
}
