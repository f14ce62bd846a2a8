using Nbpy.ServiceDefaults;

namespace Nbpy.AppHost;

/// <summary>What became of one topic's messages of this run, in messages.</summary>
/// <param name="Stored">In the store.</param>
/// <param name="Spooled">On disk, to be stored by the next run.</param>
/// <param name="Rejected">Among the dead letters, or without any field of the measurement.</param>
/// <param name="Lost">Nowhere.</param>
internal readonly record struct SinkSums(long Stored, long Spooled, long Rejected, long Lost)
{
    /// <summary>From a subscriber's counters. What it took over from an earlier run was not published in this one: it is taken off what is stored
    /// first, then off what is spooled, as the spool is drained oldest first.</summary>
    /// <param name="published">Messages published in this run; null: not known.</param>
    /// <param name="counters">The subscriber's.</param>
    public static SinkSums Of(long? published, IReadOnlyDictionary<string, long> counters)
    {
        long Counter(string name) => counters.TryGetValue(name, out var value) ? value : 0;
        var (stored, spooled) = (Counter(CounterNames.Stored), Counter(CounterNames.Spooled));
        var (refused, earlier) = (Counter(CounterNames.DeadLettered) + Counter(CounterNames.Unstorable), Counter(CounterNames.EarlierRuns));
        stored -= Take(ref earlier, stored);
        spooled -= Take(ref earlier, spooled);
        refused -= Take(ref earlier, refused);

        // Either way of counting: what the subscriber named as lost, and what is simply not there.
        return new SinkSums(stored, spooled, refused, Math.Max(Counter(CounterNames.Lost), (published ?? 0) - stored - spooled - refused));
    }

    /// <summary>Sums.</summary>
    public static SinkSums operator +(SinkSums a, SinkSums b) => new(a.Stored + b.Stored, a.Spooled + b.Spooled, a.Rejected + b.Rejected, a.Lost + b.Lost);

    private static long Take(ref long earlier, long from)
    {
        var taken = Math.Min(earlier, from);
        earlier -= taken;
        return taken;
    }
}
