using System.Collections.Frozen;
using Nbpy.Messaging;
using Nbpy.Publishers.Live;
using Nbpy.Publishers.Replay;
using Nbpy.ServiceDefaults;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers;

/// <summary>A publisher with its health: it is healthy while its data flow.</summary>
/// <param name="publisher">What publishes.</param>
/// <param name="config">Its configuration.</param>
/// <param name="source">Its source: a live feed knows best how it is, a replay why it is silent.</param>
/// <param name="time">Measures silence.</param>
public sealed class PublisherService(SourcePublisher publisher, PublisherConfig config, IMessageSource source, TimeProvider time) : IService
{
    private static readonly FrozenSet<string> RingCounts = FrozenSet.Create(CounterNames.Published);
    private readonly TimeSpan stale = TimeSpan.FromSeconds(Math.Max(15, 10 / (config.Rate is { } rate and > 0 ? rate : 1)));
    private readonly long start = time.GetTimestamp();

    /// <inheritdoc/>
    public ServiceHealth Health => source is LiveSource live ? LiveHealth(live.Status.Current) : publisher switch
    {
        { SourceEnded: true } => new(true, "the source has ended", Quiet: true),
        _ when source is ReplaySource { Waiting: true } => new(true, "streaming a recording", Quiet: true),
        { Counters.Published: 0 } => new(false, $"no message yet, {time.GetElapsedTime(start).TotalSeconds:0} s after start"),
        { SinceLastMessage: { } since } when since > stale => new(false, $"silent for {since.TotalSeconds:0} s"),
        { RingError: { } ring } => new(true, $"streaming; {ring}"),
        _ => new(true, "streaming"),
    };

    // The ring counts what earlier lives published in this run; without one, and with one in memory, whoever keeps the counters adds up.
    /// <inheritdoc/>
    public IReadOnlySet<string> CarriedCounters => config.RingMessages > 0 && publisher.RingError is null ? RingCounts : FrozenSet<string>.Empty;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, long> Counters
    {
        get
        {
            var counters = new Dictionary<string, long> { [CounterNames.Published] = publisher.Counters.Published, [CounterNames.UncheckedTimes] = publisher.UncheckedTimes };
            var own = source switch { LiveSource live => live.Status.Counters, ReplaySource replay => replay.Counters, _ => null };
            foreach (var (name, value) in own ?? new Dictionary<string, long>())
                counters[name] = value;
            return counters;
        }
    }

    /// <inheritdoc/>
    public Task RunAsync(CancellationToken cancellationToken) => publisher.RunAsync(cancellationToken);

    // A quiet market is healthy as long as the venue's heartbeats come: what is stale, the feed itself knows.
    private static ServiceHealth LiveHealth(FeedStatus.Snapshot live) =>
        new(live.Phase is FeedPhase.Live or FeedPhase.Subscribed, $"{live.Phase.ToString().ToLowerInvariant()}: {live.Reason}", Quiet: live.Phase is FeedPhase.Refused);
}
