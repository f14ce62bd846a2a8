using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Nbpy.Influx;

/// <summary>Writes lines in batches: at once when no request is in flight, and as many as have gathered (up to the batch size)
/// when one has just ended. So an idle stream has no delay and a busy one large batches. Lines are kept until the store
/// took them or rejected them as bad; a rejected batch is halved until only the bad points are left, and those go to the
/// dead-letter file. Adding is for one thread at a time.</summary>
public sealed partial class BatchWriter : IAsyncDisposable
{
    private readonly InfluxClient client;
    private readonly BatchWriterOptions options;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly DeadLetterFile deadLetters;
    private readonly RetryPolicy retry = new(Random.Shared.NextDouble);
    private readonly CancellationTokenSource stop = new();
    private readonly SemaphoreSlim work = new(0, 1);
    private readonly Lock gate = new();
    private readonly Task sender;
    private BatchBuffer filling = new();
    private BatchBuffer sending = new();
    private TaskCompletionSource progress = NewProgress();
    private long accepted;
    private long stored;
    private long deadLettered;
    private long batches;
    private long retries;
    private volatile string? lastError;

    /// <param name="client">The store.</param>
    /// <param name="options">Bounds.</param>
    /// <param name="time">The clock of the waits.</param>
    /// <param name="logger">Where to report; nowhere when null.</param>
    public BatchWriter(InfluxClient client, BatchWriterOptions options, TimeProvider time, ILogger? logger = null)
    {
        this.client = client;
        this.options = options;
        this.time = time;
        this.logger = logger ?? NullLogger.Instance;
        deadLetters = new DeadLetterFile(options.DeadLetterPath, time);
        sender = Task.Run(SendAllAsync);
    }

    /// <summary>What the writer does now.</summary>
    public BatchWriterState State { get; private set; }

    /// <summary>Counters, readable at any time from any thread.</summary>
    public BatchWriterCounters Counters => new(
        Interlocked.Read(ref accepted), Interlocked.Read(ref stored), Interlocked.Read(ref deadLettered),
        Interlocked.Read(ref batches), Interlocked.Read(ref retries), lastError);

    /// <summary>Raised on the writer's own thread when it has got on, with the points stored or dead-lettered so far; they are done with in
    /// the order they were added. A handler must be short.</summary>
    public event Action<long>? Progressed;

    /// <summary>Takes one line (without line feed) by copy.</summary>
    /// <returns>False at the bound: wait with <see cref="WaitForSpaceAsync"/> and add it again.</returns>
    public bool TryAdd(ReadOnlySpan<byte> line)
    {
        lock (gate)
        {
            if (filling.Length > 0 && filling.Length + line.Length >= options.MaxPendingBytes)
                return false;
            filling.Add(line);
        }

        Interlocked.Increment(ref accepted);
        Wake();
        return true;
    }

    /// <summary>Completes when the writer has got on since the call; the bound may still be reached.</summary>
    public async ValueTask WaitForSpaceAsync(CancellationToken cancellationToken)
    {
        Task next;
        lock (gate)
        {
            if (filling.Length < options.MaxPendingBytes / 2)
                return;
            next = progress.Task;
        }

        await next.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Completes when every line added before the call is stored or dead-lettered.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        var target = Interlocked.Read(ref accepted);
        while (true)
        {
            Task next;
            lock (gate)
                next = progress.Task;
            if (Interlocked.Read(ref stored) + Interlocked.Read(ref deadLettered) >= target)
                return;
            await next.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Stops sending; what is pending stays counted as pending.</summary>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync().ConfigureAwait(false);
        await sender.ConfigureAwait(false);
        stop.Dispose();
        work.Dispose();
    }

    private static TaskCompletionSource NewProgress() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Wake()
    {
        if (work.CurrentCount > 0)
            return;
        try
        {
            work.Release();
        }
        catch (SemaphoreFullException)
        {
            // Awake already.
        }
    }

    private async Task SendAllAsync()
    {
        try
        {
            while (true)
            {
                await work.WaitAsync(stop.Token).ConfigureAwait(false);
                while (Swap())
                    await SendBufferAsync().ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Disposed.
        }
    }

    private bool Swap()
    {
        lock (gate)
        {
            if (filling.Count == 0)
                return false;
            (filling, sending) = (sending, filling);
            return true;
        }
    }

    private async Task SendBufferAsync()
    {
        for (var first = 0; first < sending.Count; first += options.BatchSize)
            await SendAsync(first, Math.Min(options.BatchSize, sending.Count - first)).ConfigureAwait(false);
        sending.Clear();
    }

    /// <summary>Sends lines until the store took them; halves them when it rejects them. Depth: the batch size's logarithm.</summary>
    private async Task SendAsync(int first, int count)
    {
        InfluxTelemetry.BatchSize.Record(count);
        var result = await SendUntilAnsweredAsync(sending.Lines(first, count)).ConfigureAwait(false);
        if (result.Status == WriteStatus.Stored)
        {
            Interlocked.Add(ref stored, count);
            Advance();
            return;
        }

        if (count == 1)
        {
            LogDeadLetter(result.Reason);
            deadLetters.Add(sending.Lines(first, 1).Span[..^1], result.Reason ?? "");
            Interlocked.Increment(ref deadLettered);
            Advance();
            return;
        }

        await SendAsync(first, count / 2).ConfigureAwait(false);
        await SendAsync(first + (count / 2), count - (count / 2)).ConfigureAwait(false);
    }

    private async Task<WriteResult> SendUntilAnsweredAsync(ReadOnlyMemory<byte> lines)
    {
        while (true)
        {
            var result = await client.WriteAsync(lines, options.RetentionPolicy, stop.Token).ConfigureAwait(false);
            Interlocked.Increment(ref batches);
            if (result.Status is WriteStatus.Stored or WriteStatus.Rejected)
            {
                if (State != BatchWriterState.Ready)
                    LogBack();
                State = BatchWriterState.Ready;
                retry.Reset();
                return result;
            }

            lastError = result.Reason;
            var wait = result.Status == WriteStatus.Refused ? options.RefusedWait : retry.Next(result.RetryAfter);
            if (State == BatchWriterState.Ready)
                LogTrouble(result.Status, result.Reason, wait.TotalSeconds);
            State = result.Status == WriteStatus.Refused ? BatchWriterState.Refused : BatchWriterState.Retrying;
            Interlocked.Increment(ref retries);
            await Task.Delay(wait, time, stop.Token).ConfigureAwait(false);
        }
    }

    private void Advance()
    {
        TaskCompletionSource done;
        lock (gate)
        {
            done = progress;
            progress = NewProgress();
        }

        done.SetResult();
        Progressed?.Invoke(Interlocked.Read(ref stored) + Interlocked.Read(ref deadLettered));
    }

    [LoggerMessage(301, LogLevel.Warning, "The store took a point for bad; it goes to the dead letters: {Reason}")]
    private partial void LogDeadLetter(string? reason);

    [LoggerMessage(302, LogLevel.Warning, "The store does not take writes ({Status}: {Reason}); nothing is dropped, next try in {Seconds:0.0} s")]
    private partial void LogTrouble(WriteStatus status, string? reason, double seconds);

    [LoggerMessage(303, LogLevel.Information, "The store takes writes again")]
    private partial void LogBack();
}
