using Nbpy.ServiceDefaults;

namespace Nbpy.Subscribers.Filtering;

/// <summary>The data filter: a subscriber and a publisher, stopped in that order so that nothing in between is lost.</summary>
public sealed class DataFilterService(FilterSubscriber subscriber, FilterPublisher publisher) : IService
{
    /// <inheritdoc/>
    public ServiceHealth Health => publisher.BoundPort.IsCompletedSuccessfully
        ? new(true, "filtering")
        : new(false, "the publisher's port is not bound yet");

    /// <inheritdoc/>
    public IReadOnlySet<string> CarriedCounters { get; } = new HashSet<string> { CounterNames.Published };

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
        }
    }
}
