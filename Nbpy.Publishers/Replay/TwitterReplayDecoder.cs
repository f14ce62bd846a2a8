using Nbpy.Messaging;
using Nbpy.Publishers.Twitter;
using Nbpy.Publishers.Twitter.Live;

namespace Nbpy.Publishers.Replay;

/// <summary>twitter_sentiment out of recorded lines of the filtered stream. A new one for each loop: ids come again.</summary>
internal sealed class TwitterReplayDecoder : IReplayDecoder
{
    private TwitterStreamDecoder decoder = new();
    private bool live;

    // In a recording of the live feed our rules' tags have their prefix; posts that match those of others alone are not ours.
    public void Connected()
    {
        if (live)
            return;
        live = true;
        decoder = new TwitterStreamDecoder((_, tag) => tag?.StartsWith(TwitterLiveOptions.TagPrefix, StringComparison.Ordinal) == true
            ? tag[TwitterLiveOptions.TagPrefix.Length..] : null);
    }

    public string? Decode(ReadOnlyMemory<byte> payload, long receivedNs, List<MarketMessage> into)
    {
        var malformed = decoder.Malformed;
        into.AddRange(decoder.Decode(payload.Span));
        return decoder.Malformed > malformed ? decoder.LastError : null;
    }
}
