using Nbpy.ServiceDefaults.Telemetry;

namespace Nbpy.AppHost.Recording;

/// <summary>Makes means of sums: how long the messages between two readings of a service's counters took, stage by stage.</summary>
public sealed class LatencyMeans
{
    private readonly Dictionary<(string Service, string Stage), (long Microseconds, long Count)> before = [];

    /// <summary>True for a counter that only serves this.</summary>
    public static bool IsSum(string counter) => LatencyTotals.Stages.Any(s => counter == LatencyTotals.MicrosecondsOf(s) || counter == LatencyTotals.CountOf(s));

    /// <summary>The mean of each stage since the last reading, milliseconds. A stage without a message in between is left out, as are the first
    /// reading and one whose sums began anew.</summary>
    public IReadOnlyList<(string Stage, double Milliseconds)> Of(string service, IReadOnlyDictionary<string, long> counters)
    {
        var means = new List<(string, double)>();
        foreach (var stage in LatencyTotals.Stages)
        {
            if (!counters.TryGetValue(LatencyTotals.MicrosecondsOf(stage), out var microseconds) || !counters.TryGetValue(LatencyTotals.CountOf(stage), out var count))
                continue;
            if (before.TryGetValue((service, stage), out var earlier) && count > earlier.Count && microseconds >= earlier.Microseconds)
                means.Add((stage, (microseconds - earlier.Microseconds) / 1000.0 / (count - earlier.Count)));
            before[(service, stage)] = (microseconds, count);
        }

        return means;
    }
}
