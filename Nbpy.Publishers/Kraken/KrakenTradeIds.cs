namespace Nbpy.Publishers.Kraken;

/// <summary>Which trades of one book were taken. Ids rise by one per trade, but they may come out of order (and a snapshot
/// overlaps the updates around it), so the highest alone does not tell.</summary>
internal sealed class KrakenTradeIds
{
    // A snapshot has 50 trades; what comes later than a thousand others counts as repeated.
    private const int Remembered = 1024;

    private readonly HashSet<long> recent = [];
    private readonly Queue<long> age = [];
    private long floor = long.MinValue;

    /// <summary>The highest id so far.</summary>
    public long Highest { get; private set; } = long.MinValue;

    /// <summary>Notes a trade. False when it was taken before.</summary>
    public bool Add(long id)
    {
        if (id <= floor || !recent.Add(id))
            return false;
        Highest = Math.Max(Highest, id);
        age.Enqueue(id);
        if (age.Count > Remembered)
        {
            var oldest = age.Dequeue();
            recent.Remove(oldest);
            floor = Math.Max(floor, oldest);
        }

        return true;
    }
}
