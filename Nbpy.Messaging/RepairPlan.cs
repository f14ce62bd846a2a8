namespace Nbpy.Messaging;

/// <summary>What a subscriber has to fetch to get from where it is to where it is to go on, by what the publisher's ring knows of its epochs.
/// Without I/O.</summary>
/// <param name="EndUnknown">The ring knows nothing of the subscriber's epoch: whether anything followed there cannot be known.</param>
/// <param name="Ranges">What to fetch, in order. Nothing in them may vanish: what does not come is late (a first start) or lost.</param>
internal sealed record RepairPlan(bool EndUnknown, IReadOnlyList<SequenceGap> Ranges)
{
    /// <summary>Makes the plan.</summary>
    /// <param name="epoch">The subscriber's epoch; 0: it has seen nothing yet.</param>
    /// <param name="last">The last message it has seen there.</param>
    /// <param name="history">How far each epoch went, in the order in which they began (which is not always that of their numbers: a clock may
    /// have been set back); null: not known.</param>
    /// <param name="target">The epoch to get to; null: the last in the history.</param>
    /// <param name="to">The message to get to, and with; of no meaning without a target.</param>
    /// <param name="isPast">Epochs that the subscriber has left behind.</param>
    public static RepairPlan Make(
        ulong epoch, ulong last, IReadOnlyList<(ulong Epoch, ulong Newest)>? history, ulong? target, ulong to, Func<ulong, bool> isPast)
    {
        var ranges = new List<SequenceGap>();
        var known = history ?? [];
        var at = IndexOf(known, epoch);
        var end = target is { } wanted ? IndexOf(known, wanted) : known.Count - 1;
        if (end < 0)
            end = known.Count;
        if (at >= 0 && at != end)
            Add(epoch, last + 1, known[at].Newest);
        for (var i = at + 1; i < end; i++)
            if (!isPast(known[i].Epoch) && known[i].Epoch != target)
                Add(known[i].Epoch, 1, known[i].Newest);
        if (target is { } goal)
            Add(goal, goal == epoch ? last + 1 : 1, to);
        else if (end >= 0 && end < known.Count && !isPast(known[end].Epoch))
            Add(known[end].Epoch, known[end].Epoch == epoch ? last + 1 : 1, known[end].Newest);
        return new RepairPlan(epoch != 0 && at < 0 && target != epoch && (target is not null || known.Count > 0), ranges);

        void Add(ulong of, ulong from, ulong upTo)
        {
            // An empty range still says that the epoch is the one to be in.
            if (upTo >= from || (of == target && of != epoch))
                ranges.Add(new SequenceGap(of, from, upTo));
        }
    }

    private static int IndexOf(IReadOnlyList<(ulong Epoch, ulong Newest)> history, ulong epoch)
    {
        for (var i = history.Count - 1; i >= 0; i--)
            if (history[i].Epoch == epoch)
                return i;
        return -1;
    }
}
