using Nbpy.Messaging;
using Nbpy.Publishers.Oanda;

namespace Nbpy.Publishers.Replay;

/// <summary>oanda_tick out of recorded lines of the pricing stream.</summary>
internal sealed class OandaTickReplayDecoder : IReplayDecoder
{
    private readonly OandaPricingDecoder decoder = new();

    public string? Decode(ReadOnlyMemory<byte> payload, long receivedNs, List<MarketMessage> into)
    {
        var kind = decoder.Decode(payload);
        if (kind == OandaLineKind.Price && OandaMessages.ToMessage(decoder.Price) is { } message)
            into.Add(message);
        return kind == OandaLineKind.Malformed ? decoder.LastError : null;
    }
}

/// <summary>oanda_orders out of recorded lines of the transaction stream.</summary>
internal sealed class OandaOrdersReplayDecoder : IReplayDecoder
{
    private readonly OandaTransactionDecoder decoder = new();

    public string? Decode(ReadOnlyMemory<byte> payload, long receivedNs, List<MarketMessage> into)
    {
        var kind = decoder.Decode(payload);
        if (kind == OandaLineKind.Transaction && OandaMessages.ToMessage(decoder.Transaction!) is { } message)
            into.Add(message);
        return kind == OandaLineKind.Malformed ? decoder.LastError : null;
    }
}
