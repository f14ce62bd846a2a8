using Nbpy.Messaging;
using Nbpy.Publishers.Oanda;

namespace Nbpy.Publishers.Replay;

/// <summary>oanda_tick out of recorded lines of the pricing stream.</summary>
internal sealed class OandaTickReplayDecoder : IReplayDecoder
{
    private readonly OandaPricingDecoder decoder = new();
    private readonly Dictionary<string, OandaPrice> published = new(StringComparer.Ordinal);
    private bool live;

    public void Connected() => live = true;

    public string? Decode(ReadOnlyMemory<byte> payload, long receivedNs, List<MarketMessage> into)
    {
        var kind = decoder.Decode(payload);
        if (kind == OandaLineKind.Price && OandaMessages.ToMessage(decoder.Price) is { } message && IsNews(decoder.Price))
            into.Add(message);
        return kind == OandaLineKind.Malformed ? decoder.LastError : null;
    }

    // A new connection begins with prices that may have been published.
    private bool IsNews(in OandaPrice price)
    {
        if (live && published.TryGetValue(price.Instrument, out var before) && (price == before || price.TimestampNs < before.TimestampNs))
            return false;
        published[price.Instrument] = price;
        return true;
    }
}

/// <summary>oanda_orders out of recorded lines of the transaction stream. What was fetched to fill a gap is in the recording, in its
/// place.</summary>
internal sealed class OandaOrdersReplayDecoder : IReplayDecoder
{
    private readonly OandaTransactionDecoder decoder = new();
    private bool live;
    private long? last;

    public void Connected() => live = true;

    public string? Decode(ReadOnlyMemory<byte> payload, long receivedNs, List<MarketMessage> into)
    {
        var kind = decoder.Decode(payload);
        if (kind == OandaLineKind.Transaction && IsNews() && OandaMessages.ToMessage(decoder.Transaction!) is { } message)
            into.Add(message);
        else if (kind == OandaLineKind.Heartbeat && decoder.AnnouncedTransactionId > 0)
            last ??= decoder.AnnouncedTransactionId;
        return kind == OandaLineKind.Malformed ? decoder.LastError : null;
    }

    // As live: what comes after all of before, and nothing of before the first line.
    private bool IsNews()
    {
        var id = OandaTransactionDecoder.Id(decoder.Transaction!.TransactionId);
        if (live && id > 0 && id <= last)
            return false;
        last = Math.Max(last ?? id, id);
        return true;
    }
}
