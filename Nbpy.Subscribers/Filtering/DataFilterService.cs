using Nbpy.Influx;
using Nbpy.ServiceDefaults;

namespace Nbpy.Subscribers.Filtering;

/// <summary>The data filter: a subscriber and a publisher, stopped in that order so that nothing in between is lost.</summary>
/// <param name="subscriber">Receives and decides.</param>
/// <param name="publisher">Publishes.</param>
/// <param name="gaps">Writes what is lost.</param>
/// <param name="client">The store that it writes to.</param>
public sealed class DataFilterService(FilterSubscriber subscriber, FilterPublisher publisher, GapRecorder gaps, InfluxClient client) : IService
{
    /// <summary>So many failures in a row are no accident of one message.</summary>
    private const int MostFailing = 10;
    private static readonly TimeSpan FlushLimit = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public ServiceHealth Health => (publisher.BoundPort.IsCompletedSuccessfully, subscriber.Failing) switch
    {
        (false, _) => new(false, "the publisher's port is not bound yet"),
        (_, >= MostFailing and var failing) => new(false, $"the last {failing:N0} messages could not be filtered (see the log)"),
        _ => new ServiceHealth(true, "filtering").With(
            publisher.RingError,
            subscriber.CheckpointError is { } checkpoint ? $"the checkpoint cannot be written: {checkpoint}" : null,
            gaps.Error is { } error ? $"lost ranges cannot be kept on the disk: {error}" : null),
    };

    /// <inheritdoc/>
    public IReadOnlySet<string> CarriedCounters { get; } = new HashSet<string> { CounterNames.Published, CounterNames.Lost };

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, long> Counters
    {
        get
        {
            var seen = subscriber.Counters;
            return new Dictionary<string, long>
            {
                [CounterNames.Received] = seen.Received,
                [CounterNames.Filtered] = subscriber.Filtered,
                [CounterNames.Published] = publisher.Counters.Published,
                [CounterNames.Missing] = seen.Missing,
                [CounterNames.Late] = seen.Late,
                [CounterNames.Malformed] = seen.Malformed,
                [CounterNames.Failed] = seen.Failed,
                [CounterNames.Foreign] = seen.Foreign,
                [CounterNames.Duplicates] = seen.Duplicates,
                [CounterNames.Repaired] = subscriber.Repaired,
                [CounterNames.Lost] = gaps.Lost,
            };
        }
    }

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var stopPublisher = new CancellationTokenSource();
        using var stopSubscriber = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var publishing = publisher.RunAsync(stopPublisher.Token);
        var receiving = subscriber.RunAsync(stopSubscriber.Token);
        if (await Task.WhenAny(publishing, receiving).ConfigureAwait(false) == publishing)
            await stopSubscriber.CancelAsync().ConfigureAwait(false);
        try
        {
            await receiving.ConfigureAwait(false);
        }
        finally
        {
            await stopPublisher.CancelAsync().ConfigureAwait(false);
            await publishing.ConfigureAwait(false);
            subscriber.WriteLastCheckpoint();
            await EndGapsAsync().ConfigureAwait(false);
        }
    }

    /// <summary>What is not stored by then stands in the journal, and is written on the next start.</summary>
    private async Task EndGapsAsync()
    {
        using var limit = new CancellationTokenSource(FlushLimit);
        try
        {
            await gaps.FlushAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The store is away.
        }

        await gaps.DisposeAsync().ConfigureAwait(false);
        client.Dispose();
    }
}
