using Microsoft.Extensions.Logging;
using Nbpy.Messaging;

namespace Nbpy.Subscribers.Filtering;

/// <summary>Reads a topic and hands what passes to the publisher. Once a second it notes how far it is; the note becomes the checkpoint when what
/// was handed over before it is in the publisher's ring.</summary>
public sealed partial class FilterSubscriber : BaseSubscriber
{
    private static readonly TimeSpan CheckpointInterval = TimeSpan.FromSeconds(1);
    private readonly MessageFilter filter;
    private readonly FilterPublisher publisher;
    private readonly string outputTopic;
    private readonly string? checkpointPath;
    private readonly GapRecorder? gaps;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private FilterCheckpoint? noted;
    private long notedHanded;
    private long notedAt;
    private ulong epoch;
    private ulong sequence;
    private long handed;
    private long filtered;
    private int failing;
    private string? checkpointError;

    /// <param name="options">Topic and address of what is filtered.</param>
    /// <param name="filter">Decides.</param>
    /// <param name="publisher">Publishes what passes.</param>
    /// <param name="outputTopic">Under this topic.</param>
    /// <param name="checkpointPath">Where the checkpoint is kept; null: nowhere.</param>
    /// <param name="gaps">Told of what is lost; null: nobody.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where to report.</param>
    public FilterSubscriber(
        SubscriberOptions options, MessageFilter filter, FilterPublisher publisher, string outputTopic, string? checkpointPath, GapRecorder? gaps,
        TimeProvider time, ILogger logger)
        : base(options, time, logger)
    {
        this.filter = filter;
        this.publisher = publisher;
        this.outputTopic = outputTopic;
        this.checkpointPath = checkpointPath;
        this.gaps = gaps;
        this.time = time;
        this.logger = logger;
        notedAt = time.GetTimestamp();
    }

    /// <summary>Messages that the rules held back.</summary>
    public long Filtered => Interlocked.Read(ref filtered);

    /// <summary>How many messages in a row the filter failed on.</summary>
    public int Failing => Volatile.Read(ref failing);

    /// <summary>Why the checkpoint cannot be written; null while it can.</summary>
    public string? CheckpointError => Volatile.Read(ref checkpointError);

    /// <summary>Writes the checkpoint of all that was received; for when the publisher has ended, and with it sent everything.</summary>
    public void WriteLastCheckpoint()
    {
        Note();
        WriteNoted();
    }

    /// <inheritdoc/>
    protected override void ProcessMessage(string topic, IReadOnlyDictionary<string, object?> message)
    {
        Volatile.Write(ref failing, failing + 1);
        if (!filter.Passes(message))
            Interlocked.Increment(ref filtered);
        else
            Republish(message);
        Volatile.Write(ref failing, 0);
        (epoch, sequence) = (Sequence.Epoch, Sequence.Last);
        Checkpoint();
    }

    /// <inheritdoc/>
    protected override void OnIdle() => Checkpoint();

    /// <inheritdoc/>
    protected override void OnLost(SequenceGap gap) => gaps?.Write(gap);

    /// <inheritdoc/>
    protected override void OnEndUnknown(ulong epoch, ulong last) => gaps?.WriteEndUnknown(epoch, last);

    private void Republish(IReadOnlyDictionary<string, object?> message)
    {
        try
        {
            publisher.Republish(outputTopic, message);
            handed++;
        }
        catch (Exception e) when (e is InvalidDataException or ArgumentException && message.ContainsKey(MessageKeys.Sequence))
        {
            gaps?.Write(new SequenceGap(Sequence.Epoch, Sequence.Last, Sequence.Last) { Reason = LossReason.Unreadable });
            throw;
        }
    }

    private void Checkpoint()
    {
        if (noted is not null && publisher.Sent >= notedHanded)
            WriteNoted();
        if (noted is null && time.GetElapsedTime(notedAt) >= CheckpointInterval)
            Note();
    }

    private void Note()
    {
        notedAt = time.GetTimestamp();
        if (epoch == 0)
            return;
        noted = new FilterCheckpoint(Options.Topic, epoch, sequence, filter.Memory());
        notedHanded = handed;
    }

    private void WriteNoted()
    {
        var checkpoint = noted;
        noted = null;
        if (checkpoint is null || checkpointPath is null || gaps?.TryWriteDown() == false)
            return;
        try
        {
            checkpoint.Write(checkpointPath);
            Volatile.Write(ref checkpointError, null);
            gaps?.Passed(checkpoint.Epoch, checkpoint.Sequence);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // An older checkpoint publishes some messages again, under the same stored times.
            if (checkpointError is null)
                LogCheckpoint(logger, checkpointPath, e.Message);
            Volatile.Write(ref checkpointError, e.Message);
        }
    }

    [LoggerMessage(205, LogLevel.Warning, "The checkpoint {Path} cannot be written: {Reason}")]
    private static partial void LogCheckpoint(ILogger logger, string path, string reason);
}
