using Nbpy.Messaging;
using Nbpy.Publishers.Twitter;

namespace Nbpy.Publishers.Replay;

/// <summary>twitter_sentiment out of recorded lines of the filtered stream. A new one for each loop: ids come again.</summary>
internal sealed class TwitterReplayDecoder : IReplayDecoder
{
    private readonly TwitterStreamDecoder decoder = new();

    public string? Decode(ReadOnlyMemory<byte> payload, long receivedNs, List<MarketMessage> into)
    {
        var malformed = decoder.Malformed;
        into.AddRange(decoder.Decode(payload.Span));
        return decoder.Malformed > malformed ? decoder.LastError : null;
    }
}
