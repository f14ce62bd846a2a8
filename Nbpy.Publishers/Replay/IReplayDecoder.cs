using Nbpy.Messaging;

namespace Nbpy.Publishers.Replay;

/// <summary>A venue's decoder as the replay drives it: one topic's messages out of one venue's bytes.</summary>
internal interface IReplayDecoder
{
    /// <summary>The recording says that a connection was opened here, as those of <c>nbpy record</c> do: from the first on, what the
    /// live feed would hold back (repeats, history, data marked unreliable) is held back.</summary>
    void Connected();

    /// <summary>Decodes one message and adds what it means for the topic. A message without a time of its own gets
    /// <paramref name="receivedNs"/>; 0 there means that nobody knows.</summary>
    /// <returns>Null, or why the message was refused or what was wrong with it; decoding goes on either way.</returns>
    /// <exception cref="System.Text.Json.JsonException">The message is malformed.</exception>
    string? Decode(ReadOnlyMemory<byte> payload, long receivedNs, List<MarketMessage> into);
}
