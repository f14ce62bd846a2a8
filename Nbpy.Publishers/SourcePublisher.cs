using Microsoft.Extensions.Logging;
using Nbpy.Messaging;

namespace Nbpy.Publishers;

/// <summary>Publishes what a source yields on one topic.</summary>
public sealed partial class SourcePublisher(
    string topic, IMessageSource source, PublisherOptions options, TimeProvider time, ILogger logger)
    : BasePublisher(options, time, logger)
{
    private readonly TimeProvider time = time;
    private readonly ILogger logger = logger;
    private long lastMessage;
    private volatile bool ended;

    /// <summary>True once the source has nothing more (a replay that does not loop).</summary>
    public bool SourceEnded => ended;

    /// <summary>How long ago the last message was queued; null before the first.</summary>
    public TimeSpan? SinceLastMessage => Interlocked.Read(ref lastMessage) is var at and not 0 ? time.GetElapsedTime(at) : null;

    /// <inheritdoc/>
    protected override async Task PublishLoopAsync(CancellationToken cancellationToken)
    {
        await foreach (var message in source.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            await PublishAsync(topic, message, cancellationToken).ConfigureAwait(false);
            Interlocked.Exchange(ref lastMessage, time.GetTimestamp());
        }

        cancellationToken.ThrowIfCancellationRequested();
        ended = true;
        LogEnded(logger, topic);
        await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false);
    }

    [LoggerMessage(102, LogLevel.Information, "The source of {Topic} has ended; the publisher stays up until it is stopped")]
    private static partial void LogEnded(ILogger logger, string topic);
}
