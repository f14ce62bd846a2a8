namespace Nbpy.Messaging;

/// <summary>A range of sequence numbers that did not arrive.</summary>
/// <param name="Epoch">The run of the publisher that they belong to.</param>
/// <param name="From">First missing <c>_seq</c>.</param>
/// <param name="To">Last missing <c>_seq</c>.</param>
public readonly record struct SequenceGap(ulong Epoch, ulong From, ulong To)
{
    /// <summary>Messages in the range.</summary>
    public ulong Count => To - From + 1;

    /// <summary>Why they are missing.</summary>
    public LossReason Reason { get; init; }
}

/// <summary>Follows <c>_seq</c> of one topic and finds what is missing. Not thread-safe.</summary>
public sealed class SequenceTracker
{
    private const int MostPast = 64;
    private readonly Dictionary<ulong, ulong> past = [];
    private readonly Queue<ulong> pastOrder = new();

    /// <summary>The epoch being followed; 0 before the first message.</summary>
    public ulong Epoch { get; private set; }

    /// <summary>The highest <c>_seq</c> seen in this epoch.</summary>
    public ulong Last { get; private set; }

    /// <summary>Ranges that were missing when a later message came.</summary>
    public long Gaps { get; private set; }

    /// <summary>Messages in those ranges.</summary>
    public long Missing { get; private set; }

    /// <summary>Messages at or below the highest seen: repeats.</summary>
    public long Duplicates { get; private set; }

    /// <summary>Messages that an epoch had published before the first that arrived: this subscriber came late.</summary>
    public long MissedBeforeFirst { get; private set; }

    /// <summary>Times the publisher was seen to have restarted.</summary>
    public long Restarts { get; private set; }

    /// <summary>Goes on from a checkpoint: messages up to this one are done with.</summary>
    public void Resume(ulong epoch, ulong last) => (Epoch, Last) = (epoch, last);

    /// <summary>Begins an epoch from its first message, which is then expected.</summary>
    public void Begin(ulong epoch)
    {
        if (Epoch != 0)
        {
            Restarts++;
            Keep(Epoch, Last);
        }

        (Epoch, Last) = (epoch, past.GetValueOrDefault(epoch));
    }

    /// <summary>Goes past messages that were there before this subscriber was.</summary>
    public void MissBefore(ulong first)
    {
        MissedBeforeFirst += (long)(first - Last - 1);
        Last = first - 1;
    }

    /// <summary>Goes past messages that are lost, up to and with this one.</summary>
    /// <returns>The gap.</returns>
    public SequenceGap Lose(ulong last)
    {
        var gap = new SequenceGap(Epoch, Last + 1, last);
        Last = last;
        Gaps++;
        Missing += (long)gap.Count;
        return gap;
    }

    /// <summary>True for an epoch that was followed before the present one.</summary>
    public bool IsPast(ulong epoch) => epoch != Epoch && past.ContainsKey(epoch);

    /// <summary>True when a message was seen already.</summary>
    public bool IsSeen(ulong epoch, ulong sequence) => sequence <= (epoch == Epoch ? Last : past.GetValueOrDefault(epoch));

    /// <summary>True when a message is the very next one.</summary>
    public bool IsNext(ulong epoch, ulong sequence) => epoch == Epoch && sequence == Last + 1;

    /// <summary>Notes one message.</summary>
    /// <returns>The gap before it, or null.</returns>
    public SequenceGap? Observe(ulong epoch, ulong sequence)
    {
        if (IsPast(epoch))
        {
            // It was waiting somewhere while the epoch after it was fetched.
            if (sequence <= past[epoch])
                Duplicates++;
            else
                past[epoch] = sequence;
            return null;
        }

        if (epoch != Epoch)
        {
            Begin(epoch);
            Last = sequence;
            MissedBeforeFirst += Math.Max(0, (long)(sequence - 1));
            return null;
        }

        if (sequence <= Last)
        {
            Duplicates++;
            return null;
        }

        var expected = Last + 1;
        Last = sequence;
        if (sequence == expected)
            return null;
        var gap = new SequenceGap(epoch, expected, sequence - 1);
        Gaps++;
        Missing += (long)gap.Count;
        return gap;
    }

    private void Keep(ulong epoch, ulong last)
    {
        if (!past.ContainsKey(epoch))
            pastOrder.Enqueue(epoch);
        past[epoch] = last;
        if (pastOrder.Count > MostPast)
            past.Remove(pastOrder.Dequeue());
    }
}
