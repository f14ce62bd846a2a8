using Microsoft.Extensions.Logging;
using Nbpy.Influx;
using Nbpy.ServiceDefaults;

namespace Nbpy.Subscribers;

/// <summary>An InfluxDB subscriber with its writer: on stop it drains the socket, then flushes, then counts what is left.</summary>
public sealed partial class InfluxDbSubscriberService(
    InfluxClient client, BatchWriter writer, InfluxDbSubscriber subscriber, ILogger logger) : IService
{
    /// <summary>How long a stop waits for the store to take what is pending.</summary>
    private static readonly TimeSpan FlushLimit = TimeSpan.FromSeconds(12);

    /// <inheritdoc/>
    public ServiceHealth Health => writer.State switch
    {
        BatchWriterState.Ready => new(true, "storing"),
        BatchWriterState.Refused => new(false, $"the store refuses writes: {writer.Counters.LastError}"),
        _ => new(false, $"the store does not answer, retrying: {writer.Counters.LastError}"),
    };

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, long> Counters
    {
        get
        {
            var seen = subscriber.Counters;
            var written = writer.Counters;
            return new Dictionary<string, long>
            {
                [CounterNames.Received] = seen.Received,
                [CounterNames.Stored] = written.Stored,
                [CounterNames.DeadLettered] = written.DeadLettered,
                [CounterNames.Pending] = written.Pending,
                [CounterNames.Unstorable] = subscriber.Unstorable,
                [CounterNames.Missing] = seen.Missing,
                [CounterNames.Late] = seen.Late,
                [CounterNames.Malformed] = seen.Malformed,
                [CounterNames.Duplicates] = seen.Duplicates,
            };
        }
    }

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await subscriber.RunAsync(cancellationToken).ConfigureAwait(false);
            using var limit = new CancellationTokenSource(FlushLimit);
            await writer.FlushAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            LogNotFlushed(logger, writer.Counters.Pending, FlushLimit.TotalSeconds, writer.Counters.LastError);
        }
        finally
        {
            await writer.DisposeAsync().ConfigureAwait(false);
            client.Dispose();
        }
    }

    [LoggerMessage(202, LogLevel.Error, "{Pending} points could not be stored within {Seconds} s of the stop and are lost: {Reason}")]
    private static partial void LogNotFlushed(ILogger logger, long pending, double seconds, string? reason);
}
