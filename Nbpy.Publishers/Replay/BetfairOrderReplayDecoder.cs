using Nbpy.Messaging;
using Nbpy.Publishers.Betfair;

namespace Nbpy.Publishers.Replay;

/// <summary>The account's orders out of recorded lines of Betfair's order stream.</summary>
internal sealed class BetfairOrderReplayDecoder : IReplayDecoder
{
    private readonly BetfairOrderNews news = new();
    private BetfairOrderDecoder decoder = new();
    private bool live;

    public void Connected()
    {
        live = true;
        if (decoder.ImageIncomplete)
            decoder = new BetfairOrderDecoder();
    }

    public string? Decode(ReadOnlyMemory<byte> payload, long receivedNs, List<MarketMessage> into)
    {
        var kind = decoder.Decode(payload, receivedNs);
        var problem = kind == BetfairLineKind.Malformed ? decoder.LastError : null;
        var restart = live && (problem is not null || decoder.Status is { Success: false, ErrorCode: "INVALID_CLOCK" });
        if (restart)
            decoder = new BetfairOrderDecoder();
        else if (live && decoder.Status is { Success: true, Id: { } id })
            decoder.SubscriptionId = id;
        else if (kind == BetfairLineKind.OrderChange)
            into.AddRange((live ? news.Take(decoder) : decoder.Changes).Select(order => BetfairMessages.ToMessage(order, decoder.TimestampNs)));
        return problem;
    }
}
