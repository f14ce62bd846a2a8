using Microsoft.Extensions.Logging;
using Nbpy.Influx;
using Nbpy.ServiceDefaults;

namespace Nbpy.Subscribers;

/// <summary>An InfluxDB subscriber with its writer: on stop it drains the socket, then flushes to the store or the spool, then writes
/// its checkpoint and counts what is left.</summary>
public sealed partial class InfluxDbSubscriberService : IService, IDisposable
{
    /// <summary>How long a stop waits for the store to take what is pending.</summary>
    private static readonly TimeSpan FlushLimit = TimeSpan.FromSeconds(12);
    private static readonly TimeSpan CheckpointInterval = TimeSpan.FromSeconds(1);
    private static readonly HashSet<string> Carried =
        [CounterNames.Received, CounterNames.Stored, CounterNames.DeadLettered, CounterNames.Unstorable, CounterNames.Missing, CounterNames.Late,
         CounterNames.Malformed, CounterNames.Failed, CounterNames.Foreign, CounterNames.NonFinite, CounterNames.Duplicates, CounterNames.Repaired,
         CounterNames.Lost, CounterNames.Pending, CounterNames.Spooled, CounterNames.SpooledBytes, CounterNames.EarlierRuns];

    private readonly InfluxClient client;
    private readonly BatchWriter writer;
    private readonly InfluxDbSubscriber subscriber;
    private readonly GapRecorder gaps;
    private readonly string checkpointPath;
    private readonly Checkpoint? before;
    private readonly string run;
    private readonly ILogger logger;
    private readonly TimeSpan flushLimit;
    private readonly ITimer timer;
    private readonly Lock writing = new();
    private WriterProgress? written;
    private string? checkpointError;

    /// <param name="client">The store.</param>
    /// <param name="writer">Takes the lines.</param>
    /// <param name="subscriber">Receives.</param>
    /// <param name="gaps">Writes what is lost.</param>
    /// <param name="checkpointPath">Where the checkpoint is kept.</param>
    /// <param name="before">The checkpoint this started from, of this same run of the system; else null.</param>
    /// <param name="run">This run of the system.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where to report.</param>
    /// <param name="flushLimit">How long a stop waits for the store to take what is pending; null: 12 s.</param>
    public InfluxDbSubscriberService(
        InfluxClient client, BatchWriter writer, InfluxDbSubscriber subscriber, GapRecorder gaps, string checkpointPath, Checkpoint? before, string run,
        TimeProvider time, ILogger logger, TimeSpan? flushLimit = null)
    {
        this.flushLimit = flushLimit ?? FlushLimit;
        this.client = client;
        this.writer = writer;
        this.subscriber = subscriber;
        this.gaps = gaps;
        this.checkpointPath = checkpointPath;
        this.before = before;
        this.run = run;
        this.logger = logger;
        timer = time.CreateTimer(_ => WriteCheckpoint(), null, CheckpointInterval, CheckpointInterval);
    }

    /// <inheritdoc/>
    public ServiceHealth Health => StoreHealth.With(
        writer.SpoolError is { } spool ? $"the spool is of no use: {spool}" : null,
        Volatile.Read(ref checkpointError) is { } checkpoint ? $"the checkpoint {checkpointPath} cannot be written: {checkpoint}" : null,
        writer.Counters.DeadLettered is > 0 and var rejected ? $"{rejected:N0} points that the store rejected are among the dead letters" : null,
        gaps.Error is { } error ? $"lost ranges cannot be kept on the disk: {error}" : null);

    private ServiceHealth StoreHealth => (writer.State, writer.Counters) switch
    {
        (BatchWriterState.Ready, { Spooled: > 0 } c) => new(true, $"storing; {c.Spooled:N0} points of an outage are drained from the spool"),
        (BatchWriterState.Ready, _) => new(true, "storing"),
        (BatchWriterState.Refused, var c) => new(false, $"the store refuses writes: {c.LastError}; {Held(c)}", Quiet: true),
        (_, var c) => new(false, $"the store does not answer, retrying: {c.LastError}; {Held(c)}", Quiet: true),
    };

    /// <inheritdoc/>
    public IReadOnlySet<string> CarriedCounters => Carried;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, long> Counters
    {
        get
        {
            var seen = subscriber.Counters;
            var done = writer.Counters;
            return new Dictionary<string, long>
            {
                [CounterNames.Received] = seen.Received + Earlier(CounterNames.Received),
                [CounterNames.Stored] = done.Stored,
                [CounterNames.DeadLettered] = done.DeadLettered,
                [CounterNames.Pending] = done.Pending,
                [CounterNames.Spooled] = done.Spooled,
                [CounterNames.SpooledBytes] = done.SpooledBytes,
                [CounterNames.Unstorable] = subscriber.Unstorable + Earlier(CounterNames.Unstorable),
                [CounterNames.Missing] = seen.Missing + Earlier(CounterNames.Missing),
                [CounterNames.Lost] = gaps.Lost + done.Lost,
                [CounterNames.Repaired] = subscriber.Repaired + Earlier(CounterNames.Repaired),
                [CounterNames.EarlierRuns] = subscriber.EarlierRuns + (before is null ? writer.FoundSpooled : Earlier(CounterNames.EarlierRuns)),
                [CounterNames.Late] = seen.Late + Earlier(CounterNames.Late),
                [CounterNames.Malformed] = seen.Malformed + Earlier(CounterNames.Malformed),
                [CounterNames.Failed] = seen.Failed + Earlier(CounterNames.Failed),
                [CounterNames.Foreign] = seen.Foreign + Earlier(CounterNames.Foreign),
                [CounterNames.NonFinite] = subscriber.NonFinite + Earlier(CounterNames.NonFinite),
                [CounterNames.Duplicates] = seen.Duplicates + Earlier(CounterNames.Duplicates),
            };
        }
    }

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource();
        try
        {
            // From the stop on: a store that is away and a spool that takes nothing must not keep the socket's thread waiting.
            using var limiting = cancellationToken.Register(() => limit.CancelAfter(flushLimit));
            subscriber.GiveUp = limit.Token;
            await subscriber.RunAsync(cancellationToken).ConfigureAwait(false);
            if (!cancellationToken.IsCancellationRequested)
                limit.CancelAfter(flushLimit);
            await writer.FlushAsync(limit.Token).ConfigureAwait(false);
            NameSpoolLosses();
            await gaps.FlushAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            LogNotFlushed(logger, writer.Counters.Pending, flushLimit.TotalSeconds, writer.Counters.LastError ?? writer.SpoolError);
        }
        finally
        {
            WriteCheckpoint();
            await timer.DisposeAsync().ConfigureAwait(false);
            await gaps.DisposeAsync().ConfigureAwait(false);
            await writer.DisposeAsync().ConfigureAwait(false);
            client.Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => timer.Dispose();

    private static string Held(BatchWriterCounters c) => c.Spooled > 0 ? $"{c.Spooled:N0} points are held in the spool on disk" : $"{c.Pending:N0} points wait in memory";

    private long Earlier(string counter) => before?.Counters.GetValueOrDefault(counter) ?? 0;

    /// <summary>Writes down what the spool lost.</summary>
    /// <returns>How far the writer was before; null: the disk does not take it, and nothing may go past it.</returns>
    private WriterProgress? NameSpoolLosses()
    {
        var progress = writer.Progress;
        foreach (var range in writer.TakeLost())
            gaps.Write(range);
        if (!gaps.TryWriteDown())
            return null;
        writer.LossesNamed();
        return progress;
    }

    private void WriteCheckpoint()
    {
        lock (writing)
        {
            try
            {
                var progress = NameSpoolLosses();
                if (progress is null || progress.Epoch == 0 || progress == written)
                    return;
                new Checkpoint(run, subscriber.Options.Topic, progress, Counters).Write(checkpointPath);
                written = progress;
                Volatile.Write(ref checkpointError, null);
                gaps.Passed(progress.Epoch, progress.Sequence);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // An older checkpoint stores some messages again, onto the same points.
                if (checkpointError is null)
                    LogCheckpoint(logger, checkpointPath, e.Message);
                Volatile.Write(ref checkpointError, e.Message);
            }
        }
    }

    [LoggerMessage(202, LogLevel.Error, "{Pending} points could be neither stored nor spooled within {Seconds} s of the stop; the next start fetches them from the publisher's ring: {Reason}")]
    private static partial void LogNotFlushed(ILogger logger, long pending, double seconds, string? reason);

    [LoggerMessage(203, LogLevel.Warning, "The checkpoint {Path} cannot be written: {Reason}")]
    private static partial void LogCheckpoint(ILogger logger, string path, string reason);
}
