using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using Nbpy.Influx;
using Nbpy.Messaging;

namespace Nbpy.Subscribers;

/// <summary>Writes every lost range as a point of <c>nbpy_gaps</c> (tags topic, subscriber, reason; fields epoch, from, to, count), so
/// that a hole in the data is in the data. A range is in the <see cref="GapJournal"/> before anything goes past it; what stands there at a start
/// is written again, onto the same points.</summary>
public sealed partial class GapRecorder : IAsyncDisposable
{
    internal const string OfSpool = "spool";
    private readonly Lock gate = new();
    private readonly InfluxClient client;
    private readonly string topic;
    private readonly string subscriber;
    private readonly BatchWriterOptions options;
    private readonly GapJournal journal;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly Queue<LostRange> unsent = new();
    private BatchWriter? writer;
    private string? journalError;
    private string? spoolError;

    /// <param name="client">The store.</param>
    /// <param name="topic">The topic.</param>
    /// <param name="subscriber">Who noticed.</param>
    /// <param name="options">Where what cannot be written goes.</param>
    /// <param name="journal">Where the ranges are kept until they cannot be found again.</param>
    /// <param name="time">The points' time: when the loss was noticed first.</param>
    /// <param name="logger">Where to report.</param>
    /// <exception cref="IOException">The spool of an earlier run cannot be opened.</exception>
    public GapRecorder(InfluxClient client, string topic, string subscriber, BatchWriterOptions options, GapJournal journal, TimeProvider time, ILogger logger)
    {
        this.client = client;
        this.topic = topic;
        this.subscriber = subscriber;
        this.options = options;
        this.journal = journal;
        this.time = time;
        this.logger = logger;
        if (options.Spool is { } spool && Directory.Exists(spool.Directory))
            writer = new BatchWriter(client, options, time, logger);
        Send(journal.Ranges);
    }

    /// <summary>Messages lost in this run of the system, without those that the spool lost (the writer counts them).</summary>
    public long Lost
    {
        get
        {
            lock (gate)
                return journal.Lost;
        }
    }

    /// <summary>Why ranges cannot be kept on the disk; null while they can.</summary>
    public string? Error => Volatile.Read(ref journalError) ?? Volatile.Read(ref spoolError);

    /// <summary>Notes messages that neither came nor could be fetched.</summary>
    public void Write(SequenceGap gap) => Write(
        gap.Reason switch { LossReason.NoAnswer => "no_answer", LossReason.Unreadable => "unreadable", _ => "not_in_ring" }, gap.Epoch, gap.From, gap.To, counted: true);

    /// <summary>Notes messages that the spool lost.</summary>
    public void Write(MessageRange range) => Write(OfSpool, range.Epoch, range.First, range.Last, counted: false);

    /// <summary>Notes that it cannot be known whether an epoch went on after a message: a point of count 0.</summary>
    public void WriteEndUnknown(ulong epoch, ulong last) => Write("end_unknown", epoch, last + 1, last, counted: false);

    /// <summary>The checkpoint is past a message: ranges before it cannot be found again.</summary>
    public void Passed(ulong epoch, ulong sequence)
    {
        lock (gate)
        {
            if (unsent.Count == 0 && writer is not { Counters.Pending: > 0 })
                Try(() => journal.Forget(epoch, sequence), ref journalError);
        }
    }

    /// <summary>Whether every range so far is written down: only then may a checkpoint go past them. What could not be sent to the store goes now.</summary>
    public bool TryWriteDown()
    {
        lock (gate)
        {
            Send([]);
            return Try(journal.Save, ref journalError);
        }
    }

    /// <summary>Waits for the points to be stored or held.</summary>
    public Task FlushAsync(CancellationToken cancellationToken)
    {
        lock (gate)
            return writer?.FlushAsync(cancellationToken) ?? Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (writer is not null)
            await writer.DisposeAsync().ConfigureAwait(false);
    }

    private void Write(string reason, ulong epoch, ulong from, ulong to, bool counted)
    {
        lock (gate)
        {
            var added = journal.Add(new LostRange(reason, epoch, from, to, UnixTime.NowNs(time), counted));
            Try(journal.Save, ref journalError);
            Send(added);
        }
    }

    /// <summary>What the disk does not take now it is asked to take again before the next checkpoint.</summary>
    private bool Try(Action write, ref string? error)
    {
        try
        {
            write();
            Volatile.Write(ref error, null);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (Error is null)
                LogNotKept(e.Message);
            Volatile.Write(ref error, e.Message);
            return false;
        }
    }

    /// <summary>Hands ranges to the writer, those that it did not take before first.</summary>
    private void Send(IEnumerable<LostRange> ranges)
    {
        foreach (var range in ranges)
            unsent.Enqueue(range);
        if (unsent.Count == 0 || !Try(() => writer ??= new BatchWriter(client, options, time, logger), ref spoolError))
            return;
        while (unsent.TryPeek(out var next) && writer!.TryAdd(Encoding.UTF8.GetBytes(Line(next))))
            unsent.Dequeue();
    }

    private string Line(LostRange range) => string.Create(
        CultureInfo.InvariantCulture,
        $"nbpy_gaps,topic={Escape(topic)},subscriber={Escape(subscriber)},reason={range.Reason} epoch={(long)range.Epoch}i,from={(long)range.From}i,to={(long)range.To}i,count={range.Count}i {range.AtNs}");

    private static string Escape(string tag) => tag.Replace(" ", "\\ ", StringComparison.Ordinal).Replace(",", "\\,", StringComparison.Ordinal).Replace("=", "\\=", StringComparison.Ordinal);

    [LoggerMessage(204, LogLevel.Warning, "Lost ranges cannot be kept on the disk; it is tried again, and no checkpoint goes past them before: {Reason}")]
    private partial void LogNotKept(string reason);
}
