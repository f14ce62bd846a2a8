namespace Nbpy.Messaging;

/// <summary>A key of a message with its value.</summary>
public readonly record struct MessageField(string Name, FieldValue Value);

/// <summary>A message before it is published: what a decoder or a simulated source yields. The publisher adds
/// <c>_seq</c>, <c>_epoch</c>, <c>_sent</c> and <c>source</c>.</summary>
/// <param name="TimestampNs">Nanoseconds since the Unix epoch, the venue's time where it gives one.</param>
/// <param name="Fields">Tags and fields of the topic by name, in any order; values of kind None are left out.</param>
public sealed record MarketMessage(long TimestampNs, IReadOnlyList<MessageField> Fields)
{
    /// <summary>The message's <c>source</c> where it is not the publisher's own: a filter passes its input's on.</summary>
    public string? Source { get; init; }

    /// <summary>The sequence number that decides the stored time, where it is not the message's own: a filter passes its input's on, so that what
    /// it publishes again is stored onto the same points. Such a message's time stays as it is.</summary>
    public ulong? Origin { get; init; }

    /// <summary>When the bytes it was decoded from came, ns since the Unix epoch by the local clock; 0 where nobody knows. Not on the
    /// wire: it is kept apart from the venue's time for <c>nbpy.latency.receive_to_publish</c>. Set by whoever hands the message
    /// over, before it does.</summary>
    public long ReceivedNs { get; set; }
}

/// <summary>Where a publisher's messages come from: simulated, replayed or live.</summary>
public interface IMessageSource
{
    /// <summary>Messages in order, at the source's own pace, until it ends or is cancelled.</summary>
    IAsyncEnumerable<MarketMessage> ReadAsync(CancellationToken cancellationToken);
}
