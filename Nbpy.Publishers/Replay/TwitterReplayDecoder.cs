using System.Text.Json.Nodes;
using Nbpy.Messaging;
using Nbpy.Publishers.Twitter;

namespace Nbpy.Publishers.Replay;

/// <summary>twitter_sentiment out of recorded lines of the filtered stream. A new one for each loop: ids come again.</summary>
/// <param name="wanted">The configuration's rules by value, with their topics; count for recordings of the live feed.</param>
internal sealed class TwitterReplayDecoder(IReadOnlyDictionary<string, string> wanted) : IReplayDecoder
{
    private readonly TwitterRules rules = new(wanted);
    private TwitterStreamDecoder decoder = new();
    private bool live;

    // In a recording of the live feed posts that match the rules of others alone are not ours.
    public void Connected()
    {
        if (live)
            return;
        live = true;
        decoder = new TwitterStreamDecoder(rules.TopicOf);
    }

    public string? Decode(ReadOnlyMemory<byte> payload, long receivedNs, List<MarketMessage> into)
    {
        if (TakeRules(payload.Span))
            return null;
        var malformed = decoder.Malformed;
        into.AddRange(decoder.Decode(payload.Span, receivedNs));
        return decoder.Malformed > malformed ? decoder.LastError : null;
    }

    // {"data":[…],"meta":{"result_count":2}} is the list, {"data":[…],"meta":{"summary":{…}}} the answer to an addition; a post's data are no list.
    private bool TakeRules(ReadOnlySpan<byte> payload)
    {
        if (payload.IndexOf("\"meta\""u8) < 0 || TwitterRules.Parse(payload) is not { } answer || answer["data"] is JsonObject || answer["meta"] is not JsonObject meta)
            return false;
        if (meta["summary"] is null)
            rules.Compare(answer);
        else
            rules.Added(answer);
        return true;
    }
}
