using Nbpy.Messaging;
using Nbpy.Publishers.Betfair;

namespace Nbpy.Publishers.Replay;

/// <summary>betfair_stream out of recorded lines of the Exchange Stream API.</summary>
/// <param name="deliversOffers">What the live feed of this configuration subscribes to; counts for recordings of the live feed.</param>
internal sealed class BetfairReplayDecoder(bool deliversOffers) : IReplayDecoder
{
    private readonly BetfairNews news = new();
    private BetfairStreamDecoder decoder = new();
    private bool live;

    public void Connected()
    {
        live = true;
        if (decoder.ImageIncomplete)
            Forget();
        else
            decoder.DeliversOffers |= deliversOffers;
    }

    public string? Decode(ReadOnlyMemory<byte> payload, long receivedNs, List<MarketMessage> into)
    {
        var kind = decoder.Decode(payload, receivedNs);
        var problem = kind == BetfairLineKind.Malformed ? decoder.LastError : null;
        if (live)
            AddAsLive(kind, into);
        // Unreliable data (status 503) are applied, so that the cache stays right, but not published.
        else if (kind == BetfairLineKind.MarketChange && !decoder.Unreliable)
            into.AddRange(decoder.Changes.Select(change => BetfairMessages.ToMessage(change)));
        return problem;
    }

    private void AddAsLive(BetfairLineKind kind, List<MarketMessage> into)
    {
        if (kind == BetfairLineKind.Malformed || decoder.Status is { Success: false, ErrorCode: "INVALID_CLOCK" })
            Forget();
        // The last request that Betfair took is the subscription: changes of an earlier one do not count.
        if (decoder.Status is { Success: true, Id: { } id })
            decoder.SubscriptionId = id;
        if (kind is BetfairLineKind.MarketChange or BetfairLineKind.Heartbeat)
            into.AddRange(news.Take(decoder).Select(change => BetfairMessages.ToMessage(change)));
    }

    private void Forget()
    {
        decoder = new BetfairStreamDecoder { DeliversOffers = deliversOffers };
        news.Forget();
    }
}
