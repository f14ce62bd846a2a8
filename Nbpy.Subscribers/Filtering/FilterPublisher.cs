using Microsoft.Extensions.Logging;
using Nbpy.Messaging;

namespace Nbpy.Subscribers.Filtering;

/// <summary>Publishes what the filter lets through.</summary>
public sealed class FilterPublisher(PublisherOptions options, TimeProvider time, ILogger logger) : BasePublisher(options, time, logger)
{
    /// <summary>Republishes a message under another topic, with its own time and source and a sequence of the filter's. Where it is stored follows from the
    /// message it was made from, so that what is published again after a restart is stored onto the same points.</summary>
    /// <exception cref="InvalidDataException">The message has no timestamp.</exception>
    public void Republish(string topic, IReadOnlyDictionary<string, object?> message)
    {
        var fields = new List<MessageField>(message.Count);
        foreach (var (name, value) in message)
            if (!MessageKeys.IsReserved(name))
                fields.Add(new MessageField(name, FieldValue.From(value)));
        var timestamp = message.GetValueOrDefault(MessageKeys.Timestamp) as long?
            ?? throw new InvalidDataException("The message has no timestamp.");
        var pending = PublishAsync(
            topic,
            new MarketMessage(timestamp, fields)
            {
                Source = message.GetValueOrDefault(MessageKeys.Source) as string,
                Origin = Whole(message.GetValueOrDefault(MessageKeys.Origin)) ?? Whole(message.GetValueOrDefault(MessageKeys.Sequence)),
            },
            CancellationToken.None);
        if (!pending.IsCompletedSuccessfully)
            pending.AsTask().GetAwaiter().GetResult();
    }

    private static ulong? Whole(object? value) => value switch
    {
        ulong v => v,
        long v and >= 0 => (ulong)v,
        _ => null,
    };

    /// <inheritdoc/>
    protected override Task PublishLoopAsync(CancellationToken cancellationToken) => Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
}
