using System.Diagnostics.Metrics;

namespace Nbpy.ServiceDefaults.Telemetry;

/// <summary>Adds up what this process's latency histograms record (<c>nbpy.latency.published</c>, <c>.received</c>, <c>.stored</c>), so that
/// whoever reads the counters twice knows the mean in between. While it listens, the messages on the way are measured.</summary>
public sealed class LatencyTotals : IDisposable
{
    /// <summary>The part of the way that a histogram's name ends with, in the order of the way.</summary>
    public static readonly IReadOnlyList<string> Stages = ["published", "received", "stored"];

    private const string Prefix = "nbpy.latency.";
    private readonly MeterListener listener = new();
    private readonly Total[] totals = [.. Stages.Select(s => new Total(s))];

    /// <summary>Starts to listen.</summary>
    public LatencyTotals()
    {
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Meter.Name == InstrumentTable.Meter && totals.FirstOrDefault(t => instrument.Name == Prefix + t.Stage) is { } total)
                l.EnableMeasurementEvents(instrument, total);
        };
        listener.SetMeasurementEventCallback<double>(static (_, seconds, _, state) => ((Total)state!).Add(seconds));
        listener.Start();
    }

    /// <summary>Name of the counter with a stage's microseconds, all messages together.</summary>
    public static string MicrosecondsOf(string stage) => $"latency_{stage}_us";

    /// <summary>Name of the counter with the number of messages measured.</summary>
    public static string CountOf(string stage) => $"latency_{stage}_count";

    /// <summary>The sums so far, by their counters' names; stages that nothing was measured of are left out.</summary>
    public IEnumerable<KeyValuePair<string, long>> Read()
    {
        foreach (var total in totals)
        {
            var (microseconds, count) = total.Read();
            if (count == 0)
                continue;
            yield return new(MicrosecondsOf(total.Stage), microseconds);
            yield return new(CountOf(total.Stage), count);
        }
    }

    /// <summary>Ends the listening.</summary>
    public void Dispose() => listener.Dispose();

    private sealed class Total(string stage)
    {
        private readonly Lock gate = new();
        private double microseconds;
        private long count;

        public string Stage => stage;

        public void Add(double seconds)
        {
            lock (gate)
            {
                microseconds += seconds * 1e6;
                count++;
            }
        }

        public (long Microseconds, long Count) Read()
        {
            lock (gate)
                return ((long)microseconds, count);
        }
    }
}
