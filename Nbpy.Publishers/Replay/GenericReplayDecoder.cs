using Nbpy.Messaging;
using Nbpy.Publishers.Generic;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Replay;

/// <summary>A topic of the user's own out of recorded messages of any WebSocket.</summary>
internal sealed class GenericReplayDecoder(WebSocketFeedConfig config) : IReplayDecoder
{
    private readonly GenericDecoder decoder = new(config);

    public void Connected()
    {
        // Every message stands for itself.
    }

    public string? Decode(ReadOnlyMemory<byte> payload, long receivedNs, List<MarketMessage> into)
    {
        var kind = decoder.Decode(payload, receivedNs);
        into.AddRange(decoder.Messages);
        return kind == GenericKind.Malformed || decoder.Mismatches > 0 ? decoder.LastError : null;
    }
}
