using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Nbpy.Influx.Spooling;

namespace Nbpy.Influx;

/// <summary>Writes lines in batches: at once when no request is in flight, and as many as have gathered (up to the batch size)
/// behind one that is; a second request goes beside it when a whole batch waits. So an idle stream has no delay and a busy one
/// large batches. A line is acknowledged, in the order it was added, when the store took it, when the spool holds it on disk, or
/// when the store rejected it as bad and it is among the dead letters. Adding is for one thread at a time.</summary>
public sealed partial class BatchWriter : IAsyncDisposable
{
    private const int MostFree = 8;
    private static readonly TimeSpan FailureWait = TimeSpan.FromMilliseconds(250);
    private readonly InfluxClient client;
    private readonly BatchWriterOptions options;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly DeadLetterFile deadLetters;
    private readonly StorePath path;
    private readonly Spool? spool;
    private readonly CancellationTokenSource stop = new();
    private readonly Lock gate = new();
    private readonly Queue<BatchBuffer> full = new();
    private readonly Queue<Slot> order = new();
    private readonly Stack<BatchBuffer> free = new();
    private readonly Task draining;
    private readonly SemaphoreSlim drainWork = new(0, 1);
    private BatchBuffer filling = new();
    private TaskCompletionSource progress = NewProgress();
    private MessageRange done;
    private int running;
    private int spooling;
    private int pendingBytes;
    private long accepted;
    private long acknowledged;
    private long stored;
    private long deadLettered;
    private long batches;
    private long retries;
    private string? spoolError;

    /// <param name="client">The store.</param>
    /// <param name="options">Bounds.</param>
    /// <param name="time">The clock of the waits.</param>
    /// <param name="logger">Where to report; nowhere when null.</param>
    /// <exception cref="IOException">The spool cannot be opened.</exception>
    public BatchWriter(InfluxClient client, BatchWriterOptions options, TimeProvider time, ILogger? logger = null)
    {
        this.client = client;
        this.options = options;
        this.time = time;
        this.logger = logger ?? NullLogger.Instance;
        deadLetters = new DeadLetterFile(options.DeadLetterPath, options.DeadLetterBytes, time);
        path = new StorePath(time, options.RefusedWait, Random.Shared.NextDouble);
        spool = options.Spool is { } place ? new Spool(place) : null;
        FoundSpooled = spool?.Lines ?? 0;
        if (options.Before is { } before)
        {
            // The same service went on: what the spool holds, or has lost since, is among what was acknowledged then.
            stored = before.Acknowledged - before.DeadLettered - before.Lost - (spool is null ? 0 : spool.Lines + spool.LostLines);
            done = new MessageRange(before.Epoch, before.Sequence, before.Sequence);
        }

        if (spool is { CutBytes: > 0 })
            LogCut(spool.CutBytes);
        if (spool is { IsEmpty: false })
            LogSpoolFound(spool.Lines);
        draining = spool is null ? Task.CompletedTask : Task.Run(DrainAsync);
    }

    /// <summary>What the writer does now.</summary>
    public BatchWriterState State => path.State;

    /// <summary>Lines that the spool held when it was opened.</summary>
    public long FoundSpooled { get; }

    /// <summary>Why the spool takes nothing; null while it does.</summary>
    public string? SpoolError => Volatile.Read(ref spoolError);

    /// <summary>Counters, readable at any time from any thread.</summary>
    public BatchWriterCounters Counters
    {
        get
        {
            lock (gate)
            {
                var spooled = spool?.Lines ?? 0;
                var lost = spool?.LostLines ?? 0;
                var dead = Interlocked.Read(ref deadLettered);
                return new BatchWriterCounters(
                    accepted, Interlocked.Read(ref stored), dead + (options.Before?.DeadLettered ?? 0), spooled, spool?.Bytes ?? 0,
                    lost + (options.Before?.Lost ?? 0), accepted - acknowledged, Interlocked.Read(ref batches), Interlocked.Read(ref retries), path.LastError);
            }
        }
    }

    /// <summary>How far everything is done with, as one consistent whole.</summary>
    public WriterProgress Progress
    {
        get
        {
            lock (gate)
                return new WriterProgress(
                    done.Epoch, done.Last, acknowledged + (options.Before?.Acknowledged ?? 0),
                    Interlocked.Read(ref deadLettered) + (options.Before?.DeadLettered ?? 0), (spool?.LostLines ?? 0) + (options.Before?.Lost ?? 0));
        }
    }

    /// <summary>Raised when lines were acknowledged, with the lines acknowledged so far; they are acknowledged in the order they were
    /// added. A handler must be short.</summary>
    public event Action<long>? Progressed;

    /// <summary>The messages whose lines the spool lost since the last call. Whoever names them where it stays calls <see cref="LossesNamed"/>;
    /// without that the next run gets them again.</summary>
    public IReadOnlyList<MessageRange> TakeLost() => spool?.TakeLost() ?? [];

    /// <summary>What <see cref="TakeLost"/> gave is named for good.</summary>
    /// <exception cref="IOException">The spool's own note of it cannot be deleted.</exception>
    public void LossesNamed() => spool?.LossesNamed();

    /// <summary>Takes one line (without line feed) by copy.</summary>
    /// <param name="line">Line protocol.</param>
    /// <param name="epoch">Epoch of the message it came from.</param>
    /// <param name="sequence">Its sequence number.</param>
    /// <param name="more">True: others follow at once, and <see cref="Send"/> after them.</param>
    /// <param name="traceParent">W3C trace context that the line's write request goes on with; null: none.</param>
    /// <returns>False at the bound: wait with <see cref="WaitForSpaceAsync"/> and add it again.</returns>
    public bool TryAdd(ReadOnlySpan<byte> line, ulong epoch = 0, ulong sequence = 0, bool more = false, string? traceParent = null)
    {
        bool isFull;
        lock (gate)
        {
            if (pendingBytes > 0 && pendingBytes + line.Length >= options.MaxPendingBytes)
                return false;
            // One epoch a batch, so that what becomes of it can be named.
            isFull = filling.Count > 0 && filling.Messages.Epoch != epoch;
            if (isFull)
                CloseBatch();
            filling.Add(line, epoch, sequence);
            filling.TraceParent ??= traceParent;
            pendingBytes += line.Length + 1;
            accepted++;
            if (filling.Count >= options.BatchSize)
            {
                isFull = true;
                CloseBatch();
            }
        }

        if (isFull || !more)
            Pump();
        return true;
    }

    /// <summary>Notes a message that yields no line, so that the progress goes past it.</summary>
    public void Skip(ulong epoch, ulong sequence)
    {
        lock (gate)
        {
            if (filling.Count > 0 && filling.Messages.Epoch != epoch)
                CloseBatch();
            filling.Skip(epoch, sequence);
        }
    }

    /// <summary>What was added with <c>more</c> may go now.</summary>
    public void Send() => Pump();

    /// <summary>Completes when the writer has got on since the call; the bound may still be reached.</summary>
    public async ValueTask WaitForSpaceAsync(CancellationToken cancellationToken)
    {
        Pump();
        Task next;
        lock (gate)
        {
            if (pendingBytes < options.MaxPendingBytes / 2)
                return;
            next = progress.Task;
        }

        await next.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Completes when every line added before the call is acknowledged.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        long target;
        lock (gate)
            target = accepted;
        while (true)
        {
            Pump();
            Task next;
            lock (gate)
            {
                if (acknowledged >= target)
                    return;
                next = progress.Task;
            }

            await next.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Stops sending; what is pending stays counted as pending, and what is spooled stays on disk.</summary>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync().ConfigureAwait(false);
        await draining.ConfigureAwait(false);
        Task[] sending;
        lock (gate)
            sending = [.. order.Select(s => s.Sending)];
        await Task.WhenAll(sending).ConfigureAwait(false);
        spool?.Dispose();
        stop.Dispose();
        drainWork.Dispose();
    }

    private static TaskCompletionSource NewProgress() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void CloseBatch()
    {
        full.Enqueue(filling);
        filling = free.TryPop(out var buffer) ? buffer : new BatchBuffer();
    }

    /// <summary>Starts what may be started: a whole batch while there is a free request, anything when none is in flight.</summary>
    private void Pump()
    {
        while (true)
        {
            Slot slot;
            lock (gate)
            {
                // Beside the requests one batch at a time may go to the spool, when the store is slower than what comes.
                var toSpool = running >= options.MaxInFlight;
                if (stop.IsCancellationRequested || (toSpool && (spooling > 0 || !MaySpool)))
                    return;
                if (!full.TryDequeue(out var buffer))
                {
                    if (running > 0 || filling.Count == 0)
                    {
                        SettleSkipped();
                        return;
                    }

                    buffer = filling;
                    filling = free.TryPop(out var empty) ? empty : new BatchBuffer();
                }

                slot = new Slot(buffer, toSpool);
                order.Enqueue(slot);
                if (toSpool)
                    spooling++;
                else
                    running++;
            }

            slot.Sending = SendSlotAsync(slot);
        }
    }

    private bool MaySpool => spool is not null && pendingBytes > options.SpoolFromBytes;

    /// <summary>Messages that yielded no line are done with when nothing is before them.</summary>
    private void SettleSkipped()
    {
        if (order.Count > 0 || full.Count > 0 || filling.Count > 0 || filling.Messages.Last == 0)
            return;
        done = filling.Messages;
        filling.Clear();
    }

    private void Complete(Slot slot)
    {
        TaskCompletionSource? reached = null;
        long count;
        lock (gate)
        {
            if (slot.ToSpool)
                spooling--;
            else
                running--;
            slot.IsDone = true;
            while (order.TryPeek(out var first) && first.IsDone)
            {
                order.Dequeue();
                acknowledged += first.Buffer.Count;
                pendingBytes -= first.Buffer.Length;
                if (first.Buffer.Messages.Last != 0)
                    done = first.Buffer.Messages;
                first.Buffer.Clear();
                if (free.Count < MostFree)
                    free.Push(first.Buffer);
                reached = progress;
            }

            if (reached is not null)
                progress = NewProgress();
            count = acknowledged;
        }

        if (reached is null)
            return;
        reached.SetResult();
        Progressed?.Invoke(count);
    }

    private sealed class Slot(BatchBuffer buffer, bool toSpool)
    {
        public BatchBuffer Buffer => buffer;

        public bool ToSpool => toSpool;

        public bool IsDone { get; set; }

        public Task Sending { get; set; } = Task.CompletedTask;
    }
}
