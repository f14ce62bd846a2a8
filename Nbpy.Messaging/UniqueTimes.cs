namespace Nbpy.Messaging;

/// <summary>Keeps the stored times of a topic apart (see <see cref="StoredTime"/>) where a venue gives more than 1,000 messages one microsecond:
/// each further 1,000 go a microsecond on. It remembers the latest 4,096 microseconds or so, those that messages keep coming for longest; a
/// microsecond that comes again after as many others is taken for a new one. Not thread-safe.</summary>
/// <param name="used">Microseconds since the Unix epoch up to which earlier lives of the publisher may have used times; 0: none.</param>
internal sealed class UniqueTimes(long used = 0)
{
    private const int SetBits = 10;
    private const int Ways = 4;
    private const ulong MessagesPerMicrosecond = 1000;
    private readonly Entry[] entries = new Entry[Ways << SetBits];
    private long clock;
    private long forgotten = used;
    private long unknown;

    /// <summary>Messages whose time lies among those that are no longer remembered: so many at most are stored onto the point of another.
    /// Readable from any thread.</summary>
    public long Unchecked => Interlocked.Read(ref unknown);

    /// <summary>The time that a message is published with: its own, or some microseconds later.</summary>
    /// <param name="timestampNs">ns since the Unix epoch.</param>
    /// <param name="sequence">The message's sequence number.</param>
    public long Place(long timestampNs, ulong sequence)
    {
        var own = timestampNs / 1000;
        ref var first = ref Find(own, sequence);
        var at = own;
        ref var entry = ref first;
        while (true)
        {
            if (entry.Next != 0)
                at = entry.Next;
            else if (sequence - entry.First < MessagesPerMicrosecond)
                break;
            else
                entry.Next = ++at;
            entry = ref Find(at, sequence);
        }

        if (entry.Doubtful)
            Interlocked.Increment(ref unknown);
        if (at == own)
            return timestampNs;
        // The next one finds its place at once. (Its entry may have gone meanwhile, to one of the microseconds after it.)
        if (first.Microsecond == own)
            first.Next = at;
        return timestampNs + ((at - own) * 1000);
    }

    private ref Entry Find(long microsecond, ulong sequence)
    {
        // Spread by Fibonacci hashing: whole seconds would share a few sets.
        var set = (int)(((ulong)microsecond * 0x9E37_79B9_7F4A_7C15) >> (64 - SetBits)) * Ways;
        var oldest = set;
        for (var i = set; i < set + Ways; i++)
        {
            ref var entry = ref entries[i];
            if (entry.Used != 0 && entry.Microsecond == microsecond)
            {
                entry.Used = ++clock;
                return ref entry;
            }

            if (entry.Used < entries[oldest].Used)
                oldest = i;
        }

        if (entries[oldest].Used != 0)
            forgotten = Math.Max(forgotten, entries[oldest].Microsecond);
        entries[oldest] = new Entry { Microsecond = microsecond, First = sequence, Used = ++clock, Doubtful = microsecond <= forgotten };
        return ref entries[oldest];
    }

    private struct Entry
    {
        public long Microsecond;
        public long Next;
        public long Used;
        public ulong First;

        /// <summary>Whether it may have been in use before it was forgotten.</summary>
        public bool Doubtful;
    }
}
