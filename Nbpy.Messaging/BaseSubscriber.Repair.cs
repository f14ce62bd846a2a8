using Microsoft.Extensions.Logging;

namespace Nbpy.Messaging;

/// <summary>Gap repair: what is missing before a message is fetched from the publisher's ring, in order, before the message itself is
/// processed; and what has not come is asked for after a start and in a silence. What the ring no longer holds is a loss, named and counted.</summary>
public abstract partial class BaseSubscriber
{
    /// <summary>Most answers that one range is gathered from: 256 KiB each, 16 GiB in all.</summary>
    private const int MaxAnswers = 65_536;

    /// <summary>Tries, of a second each, while nobody has answered yet: the publisher may be of a kind that serves no ring.</summary>
    private const int FirstTries = 3;
    private static readonly TimeSpan TryTime = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AskAfterStart = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AskAfterMessage = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AskAtLeast = TimeSpan.FromMinutes(1);

    private readonly Lazy<ReplayClient> replay;
    private CancellationToken stopping;
    private bool observes;
    private bool repairing;
    private bool answers;
    private int unanswered;
    private bool countedAlready;
    private long repaired;
    private long asked;
    private TimeSpan askAfter = AskAfterStart;

    /// <summary>Messages fetched from a publisher's ring.</summary>
    public long Repaired => Interlocked.Read(ref repaired);

    /// <summary>A range that is lost: neither came nor is in the publisher's ring. Called on the socket's thread, before the message
    /// after it.</summary>
    protected virtual void OnLost(SequenceGap gap)
    {
    }

    /// <summary>The publisher has restarted, and nothing is known of the epoch before: whether anything followed its last message that came
    /// cannot be known. Called on the socket's thread.</summary>
    protected virtual void OnEndUnknown(ulong epoch, ulong last)
    {
    }

    /// <summary>Notes a message's place in the sequence, after fetching what is missing before it.</summary>
    /// <returns>False for a message that was seen already: it must not be processed again.</returns>
    /// <exception cref="OperationCanceledException">The subscriber is being stopped, and the publisher that has what is missing is gone: what is
    /// not processed now is fetched on the next start.</exception>
    protected bool ObserveSequence(ulong epoch, ulong sequence)
    {
        observes = true;
        if (Sequence.IsNext(epoch, sequence))
        {
            Sequence.Observe(epoch, sequence);
            return true;
        }

        if (!repairing && Options.ReplayPort != 0 && sequence > 0 && !Sequence.IsPast(epoch) && !Sequence.IsSeen(epoch, sequence))
            CatchUp(epoch == Sequence.Epoch ? null : Known(Sequence.Epoch == 0 && sequence == 1 ? 1 : null), epoch, sequence - 1);
        if (!repairing && Options.ReplayPort == 0 && Sequence.Epoch != 0 && Sequence.Epoch != epoch && !Sequence.IsPast(epoch))
        {
            // Nobody to ask: what is missing before this message is lost, and of the end of the epoch before nothing is known.
            LoseEnd();
            Sequence.Begin(epoch);
        }

        var seen = Sequence.IsSeen(epoch, sequence);
        if (Sequence.Observe(epoch, sequence) is { } gap)
            Lose(gap);
        return !seen;
    }

    /// <summary>One message that cannot be read: it costs itself, and no other. It is counted, and named as lost where it says which it is.</summary>
    /// <returns>False when even its end cannot be found: what follows it in the payload cannot be read either.</returns>
    protected bool PassOver(ref PayloadReader reader, string reason)
    {
        if (!countedAlready)
            CountMalformed(reason);
        try
        {
            if (reader.SkipMap(out var epoch, out var sequence) && epoch != 0 && ObserveSequence(epoch, sequence))
                OnLost(new SequenceGap(epoch, sequence, sequence) { Reason = LossReason.Unreadable });
            return true;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    private void LoseEnd()
    {
        LogEndUnknown(Options.Topic, Sequence.Epoch, Sequence.Last);
        OnEndUnknown(Sequence.Epoch, Sequence.Last);
    }

    private void Lose(SequenceGap gap)
    {
        gap = gap with { Reason = answers || Options.ReplayPort == 0 ? LossReason.NotInRing : LossReason.NoAnswer };
        LogGap(Options.Topic, gap.Epoch, gap.From, gap.To, gap.Count);
        OnLost(gap);
    }

    /// <summary>After a start, and when nothing has come for a while: what was published and has not come has no successor that would show it.
    /// Asked 1 s after a start and 5 s after a message, then ever more seldom, to once a minute. Not for a subscriber that takes payloads without
    /// observing their sequence: it would get the same ones again and again.</summary>
    private void AskInSilence(long lookedUp)
    {
        if (Options.ReplayPort == 0 || (!observes && (LastReceivedTimestamp | Repaired) != 0) || time.GetElapsedTime(Math.Max(Math.Max(lookedUp, asked), LastReceivedTimestamp)) < askAfter)
            return;
        askAfter = askAfter * 2 < AskAtLeast ? askAfter * 2 : AskAtLeast;
        if (replay.Value.Ask(0, 1, 0, TryTime / 2) is { History: var history })
        {
            (answers, unanswered) = (true, 0);
            if (history.Count > 0 && !IsAt(history[^1]))
            {
                CatchUp(history, null, 0);
                OnIdle();
            }
        }

        asked = time.GetTimestamp();
    }

    private bool IsAt((ulong Epoch, ulong Newest) end) => Sequence.IsSeen(end.Epoch, end.Newest);

    /// <summary>Fetches and processes all between the last message and a later one, through the epochs in between.</summary>
    private void CatchUp(IReadOnlyList<(ulong Epoch, ulong Newest)>? history, ulong? epoch, ulong to)
    {
        var first = Sequence.Epoch == 0;
        var plan = RepairPlan.Make(Sequence.Epoch, Sequence.Last, history, epoch, to, Sequence.IsPast);
        if (plan.EndUnknown)
            LoseEnd();

        repairing = true;
        try
        {
            foreach (var range in plan.Ranges)
            {
                if (range.Epoch != Sequence.Epoch)
                    Sequence.Begin(range.Epoch);
                Fetch(range.Epoch, Math.Max(range.From, Sequence.Last + 1), range.To, first);
                if (Sequence.Epoch != range.Epoch || Sequence.Last >= range.To)
                    continue;
                if (first)
                    Sequence.MissBefore(range.To + 1);
                else
                    Lose(Sequence.Lose(range.To));
            }
        }
        finally
        {
            repairing = false;
        }
    }

    /// <summary>Fetches and processes a range.</summary>
    private void Fetch(ulong epoch, ulong from, ulong to, bool first)
    {
        var start = from;
        var oneByOne = 0UL;
        // Every answer moves on, and a peer that goes on answering for ever (no ring is that long) is left: this ends.
        for (var count = 0; count < MaxAnswers && from <= to; count++)
        {
            if (Ask(epoch, from, from <= oneByOne ? from : to, null) is not { } answer || answer.Last < from || answer.Last == ulong.MaxValue)
                break;
            if (first && answer.First > from)
                Sequence.MissBefore(answer.First);
            first = false;
            countedAlready = oneByOne != 0;
            Take(answer.Payload);
            countedAlready = false;
            if (observes && Sequence.Epoch == epoch && Sequence.Last < answer.Last && answer.First < answer.Last && oneByOne == 0)
            {
                // A message whose end cannot be found hides those after it in the answer: they are asked for one by one.
                oneByOne = answer.Last;
                from = Math.Max(from, Sequence.Last + 1);
                continue;
            }

            from = answer.Last + 1;
            if (from > oneByOne)
                oneByOne = 0;
        }

        if (from > start)
            LogRepaired(Options.Topic, epoch, start, from - 1);
    }

    private void Take(ReadOnlyMemory<byte> payload)
    {
        try
        {
            var count = ProcessPayload(payload);
            Interlocked.Add(ref received, count);
            Interlocked.Add(ref repaired, count);
        }
        catch (InvalidDataException e)
        {
            if (!countedAlready)
                CountMalformed(e.Message);
        }
    }

    private IReadOnlyList<(ulong Epoch, ulong Newest)>? Known(int? tries) => Ask(0, 1, 0, tries)?.History;

    /// <summary>Asks until there is an answer. A publisher that has answered before and is silent now is restarting: it is waited for, and while
    /// that lasts ZeroMQ holds what comes.</summary>
    private ReplayAnswer? Ask(ulong epoch, ulong from, ulong to, int? most)
    {
        var tries = most ?? (answers ? (int)Math.Max(FirstTries, Options.RepairPatience / TryTime) : unanswered < 2 ? FirstTries : 1);
        for (var i = 0; i < tries; i++)
        {
            if (replay.Value.Ask(epoch, from, to, TryTime) is { } answer)
            {
                (answers, unanswered) = (true, 0);
                return answer;
            }

            if (stopping.IsCancellationRequested)
            {
                // The publisher stopped first and has taken its ring with it: going on would make a loss of what the next start can fetch.
                if (answers)
                    throw new OperationCanceledException(stopping);
                break;
            }

            // A name without an address answers at once.
            if (!replay.Value.HasAddress)
                stopping.WaitHandle.WaitOne(TryTime);
        }

        answers = false;
        unanswered++;
        LogNoAnswer(Options.Topic, Options.Host, Options.ReplayPort ?? 0);
        return null;
    }

    [LoggerMessage(14, LogLevel.Information, "{Topic}, epoch {Epoch}: _seq {From} to {To} fetched from the publisher's ring")]
    private partial void LogRepaired(string topic, ulong epoch, ulong from, ulong to);

    [LoggerMessage(15, LogLevel.Warning, "{Topic}: the replay socket at tcp://{Host}:{Port} does not answer; what is missing counts as lost")]
    private partial void LogNoAnswer(string topic, string host, int port);

    [LoggerMessage(16, LogLevel.Warning, "{Topic}: the publisher has restarted without the ring of its epoch {Epoch}; whether anything followed _seq {Last} there cannot be known")]
    private partial void LogEndUnknown(string topic, ulong epoch, ulong last);

    [LoggerMessage(19, LogLevel.Warning, "{Topic}: the publisher's ring does not answer at the stop; what follows epoch {Epoch}, _seq {Last} is fetched on the next start")]
    private partial void LogLeft(string topic, ulong epoch, ulong last);
}
