using Nbpy.Messaging;
using Nbpy.Publishers.Kraken;

namespace Nbpy.Publishers.Replay;

/// <summary>The three Kraken topics out of recorded frames of WebSocket v2 (tickers of v1 as well).</summary>
internal sealed class KrakenReplayDecoder(KrakenReplayTopic topic, int? depth) : IReplayDecoder
{
    private readonly KrakenDecoder decoder = new(depth);

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
            case KrakenFrameKind.Ticker when topic == KrakenReplayTopic.Tick:
                foreach (var ticker in decoder.Tickers)
                    into.Add(KrakenMessages.ToMessage(ticker, receivedNs));
                return null;
            case KrakenFrameKind.Book when topic == KrakenReplayTopic.Depth:
                return AddLevels(receivedNs, into);
            case KrakenFrameKind.Executions when topic == KrakenReplayTopic.Orders:
                foreach (var order in decoder.Orders)
                    into.Add(KrakenMessages.ToMessage(order, receivedNs));
                return null;
            case KrakenFrameKind.Trade when topic == KrakenReplayTopic.Orders:
                foreach (var trade in decoder.Trades)
                {
                    if (!trade.History)
                        into.Add(KrakenMessages.ToMessage(trade, receivedNs));
                }
                return null;
            default:
                return null;
        }
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
