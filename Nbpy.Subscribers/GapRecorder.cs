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
    private BatchWriter? writer;
    private string? journalError;

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
        foreach (var range in journal.Ranges)
            Send(range);
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

    /// <summary>Why ranges cannot be written down; null while they can.</summary>
    public string? JournalError => Volatile.Read(ref journalError);

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
            if (writer is not { Counters.Pending: > 0 })
                Try(() => journal.Forget(epoch, sequence));
        }
    }

    /// <summary>Whether every range so far is written down: only then may a checkpoint go past them.</summary>
    public bool TryWriteDown()
    {
        lock (gate)
            return Try(journal.Save);
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
            Try(journal.Save);
            foreach (var range in added)
                Send(range);
        }
    }

    /// <summary>What the disk does not take now it is asked to take again before the next checkpoint.</summary>
    private bool Try(Action write)
    {
        try
        {
            write();
            Volatile.Write(ref journalError, null);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (JournalError is null)
                LogJournal(e.Message);
            Volatile.Write(ref journalError, e.Message);
            return false;
        }
    }

    private void Send(LostRange range)
    {
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"nbpy_gaps,topic={Escape(topic)},subscriber={Escape(subscriber)},reason={range.Reason} epoch={(long)range.Epoch}i,from={(long)range.From}i,to={(long)range.To}i,count={range.Count}i {range.AtNs}");
        writer ??= new BatchWriter(client, options, time, logger);
        writer.TryAdd(Encoding.UTF8.GetBytes(line));
    }

    private static string Escape(string tag) => tag.Replace(" ", "\\ ", StringComparison.Ordinal).Replace(",", "\\,", StringComparison.Ordinal).Replace("=", "\\=", StringComparison.Ordinal);

    [LoggerMessage(204, LogLevel.Warning, "The journal of lost ranges cannot be written, and no checkpoint goes past them: {Reason}")]
    private partial void LogJournal(string reason);
}
