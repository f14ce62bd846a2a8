using Nbpy.Messaging;
using Nbpy.Publishers.Betfair;

namespace Nbpy.Publishers.Replay;

/// <summary>betfair_stream out of recorded lines of the Exchange Stream API.</summary>
internal sealed class BetfairReplayDecoder : IReplayDecoder
{
    private readonly BetfairStreamDecoder decoder = new();

    public string? Decode(ReadOnlyMemory<byte> payload, long receivedNs, List<MarketMessage> into)
    {
        var kind = decoder.Decode(payload);
        // Unreliable data (status 503) are applied, so that the cache stays right, but not published.
        if (kind == BetfairLineKind.MarketChange && !decoder.Unreliable)
        {
            foreach (var change in decoder.Changes)
                into.Add(BetfairMessages.ToMessage(change));
        }
        return kind == BetfairLineKind.Malformed ? decoder.LastError : null;
    }
}
