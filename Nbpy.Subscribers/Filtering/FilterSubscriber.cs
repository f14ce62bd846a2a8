using Microsoft.Extensions.Logging;
using Nbpy.Messaging;

namespace Nbpy.Subscribers.Filtering;

/// <summary>Reads a topic and hands what passes to the publisher.</summary>
public sealed class FilterSubscriber(
    SubscriberOptions options, MessageFilter filter, FilterPublisher publisher, string outputTopic, TimeProvider time, ILogger logger)
    : BaseSubscriber(options, time, logger)
{
    private long filtered;

    /// <summary>Messages that the rules held back.</summary>
    public long Filtered => Interlocked.Read(ref filtered);

    /// <inheritdoc/>
    protected override void ProcessMessage(string topic, IReadOnlyDictionary<string, object?> message)
    {
        if (filter.Passes(message))
            publisher.Republish(outputTopic, message);
        else
            Interlocked.Increment(ref filtered);
    }
}
