namespace Nbpy.Publishers.Live;

/// <summary>How long to wait before the next attempt: exponential with jitter, capped, started afresh only after data
/// flowed. Policy without I/O.</summary>
/// <param name="initial">The first wait.</param>
/// <param name="cap">The longest wait.</param>
/// <param name="random">0 to 1; replaceable in tests.</param>
public sealed class ReconnectPolicy(TimeSpan initial, TimeSpan cap, Func<double>? random = null)
{
    private readonly Func<double> random = random ?? global::System.Random.Shared.NextDouble;
    private int failures;

    /// <summary>Attempts since data last flowed.</summary>
    public int Failures => failures;

    /// <summary>The wait before the next attempt: half of it fixed, half at random, so that many clients spread out.</summary>
    public TimeSpan Next()
    {
        var full = Math.Min(cap.TotalSeconds, initial.TotalSeconds * Math.Pow(2, Math.Min(failures, 30)));
        failures++;
        return TimeSpan.FromSeconds(full * (0.5 + (random() / 2)));
    }

    /// <summary>Data flowed: the next wait is the first again. A connection alone proves nothing.</summary>
    public void DataFlowed() => failures = 0;
}
