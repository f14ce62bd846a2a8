using Microsoft.Extensions.Logging;

namespace Nbpy.Messaging;

/// <summary>Gap repair: what is missing before a message is fetched from the publisher's ring, in order, before the message itself is
/// processed. What the ring no longer holds is a loss, named and counted.</summary>
public abstract partial class BaseSubscriber
{
    /// <summary>Most answers that one range is gathered from: 256 KiB each, 16 GiB in all.</summary>
    private const int MaxAnswers = 65_536;

    private readonly Lazy<ReplayClient> replay;
    private bool repairing;
    private long repaired;

    /// <summary>Messages fetched from a publisher's ring.</summary>
    public long Repaired => Interlocked.Read(ref repaired);

    /// <summary>A range that is lost: neither came nor is in the publisher's ring. Called on the socket's thread, before the message
    /// after it.</summary>
    protected virtual void OnLost(SequenceGap gap)
    {
    }

    /// <summary>Notes a message's place in the sequence, after fetching what is missing before it.</summary>
    /// <returns>False for a message that was seen already: it must not be processed again.</returns>
    protected bool ObserveSequence(ulong epoch, ulong sequence)
    {
        if (Sequence.IsNext(epoch, sequence))
        {
            Sequence.Observe(epoch, sequence);
            return true;
        }

        if (!repairing && Options.ReplayPort != 0)
            RepairBefore(epoch, sequence);
        var seen = Sequence.IsSeen(epoch, sequence);
        if (Sequence.Observe(epoch, sequence) is { } gap)
        {
            LogGap(Options.Topic, gap.Epoch, gap.From, gap.To, gap.Count);
            OnLost(gap);
        }

        return !seen;
    }

    private void RepairBefore(ulong epoch, ulong sequence)
    {
        repairing = true;
        try
        {
            if (epoch != Sequence.Epoch)
                ChangeEpoch(epoch, sequence);
            else if (sequence > Sequence.Last + 1)
                Fetch(epoch, Sequence.Last + 1, sequence - 1);
        }
        finally
        {
            repairing = false;
        }
    }

    /// <summary>The publisher has restarted (or this subscriber has just started): first the rest of the epochs before, then the new
    /// one's beginning.</summary>
    private void ChangeEpoch(ulong epoch, ulong sequence)
    {
        var before = Sequence.Epoch;
        if (before != 0 && epoch > before)
        {
            var held = Fetch(before, Sequence.Last + 1, 0);
            if (held is null)
                LogEndUnknown(Options.Topic, before, Sequence.Last);
            foreach (var (between, _, _) in held?.Where(e => e.Epoch > before && e.Epoch < epoch) ?? [])
            {
                Sequence.Begin(between);
                Fetch(between, 1, 0);
            }

            if (held is not null && !held.Any(e => e.Epoch == before) && Sequence.Epoch == before)
                LogEndUnknown(Options.Topic, before, Sequence.Last);
        }

        Sequence.Begin(epoch);
        if (sequence > 1)
            Fetch(epoch, 1, sequence - 1, firstEver: before == 0);
    }

    /// <summary>Fetches and processes a range.</summary>
    /// <returns>The epochs that the ring holds; null when there was no answer.</returns>
    private IReadOnlyList<(ulong Epoch, ulong Oldest, ulong Newest)>? Fetch(ulong epoch, ulong from, ulong to, bool firstEver = false)
    {
        var start = from;
        IReadOnlyList<(ulong Epoch, ulong Oldest, ulong Newest)>? epochs = null;
        // Every answer moves on, and a peer that goes on answering for ever (no ring is that long) is left: this ends.
        for (var answers = 0; answers < MaxAnswers && (to == 0 || from <= to); answers++)
        {
            if (replay.Value.Ask(epoch, from, to) is not { } answer)
            {
                LogNoAnswer(Options.Topic, Options.Host, Options.ReplayPort ?? 0);
                break;
            }

            epochs = answer.Epochs;
            if (answer.Last < from || answer.Last == ulong.MaxValue)
                break;
            if (firstEver && answer.First > from)
                Sequence.MissBefore(answer.First);
            firstEver = false;
            var count = ProcessPayload(answer.Payload);
            Interlocked.Add(ref received, count);
            Interlocked.Add(ref repaired, count);
            from = answer.Last + 1;
        }

        if (firstEver && to != 0)
            Sequence.MissBefore(to + 1);
        if (from > start)
            LogRepaired(Options.Topic, epoch, start, from - 1);
        return epochs;
    }

    [LoggerMessage(14, LogLevel.Information, "{Topic}, epoch {Epoch}: _seq {From} to {To} fetched from the publisher's ring")]
    private partial void LogRepaired(string topic, ulong epoch, ulong from, ulong to);

    [LoggerMessage(15, LogLevel.Warning, "{Topic}: the replay socket at tcp://{Host}:{Port} does not answer; what is missing counts as lost")]
    private partial void LogNoAnswer(string topic, string host, int port);

    [LoggerMessage(16, LogLevel.Warning, "{Topic}: the publisher has restarted without the ring of its epoch {Epoch}; whether anything followed _seq {Last} there cannot be known")]
    private partial void LogEndUnknown(string topic, ulong epoch, ulong last);
}
