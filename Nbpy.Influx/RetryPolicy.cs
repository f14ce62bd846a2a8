namespace Nbpy.Influx;

/// <summary>How long to wait before the next try: doubling from <see cref="First"/> to <see cref="Most"/>, with jitter so that many
/// writers do not come back at once. No I/O and no clock of its own.</summary>
/// <param name="random">The jitter's source, from 0 to 1.</param>
public sealed class RetryPolicy(Func<double> random)
{
    private int failures;

    /// <summary>The first wait, before jitter.</summary>
    public TimeSpan First { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The longest wait that is not asked for.</summary>
    public TimeSpan Most { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest wait, whatever the server asks for.</summary>
    public TimeSpan MostAsked { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The wait after one more failure: between half and the whole of the doubled time, or what the server asked for if longer.</summary>
    public TimeSpan Next(TimeSpan? retryAfter)
    {
        var doubled = First * Math.Pow(2, Math.Min(failures++, 20));
        var wait = TimeSpan.FromTicks(Math.Min(doubled.Ticks, Most.Ticks)) * (0.5 + (0.5 * random()));
        return retryAfter is { } asked && asked > wait ? (asked < MostAsked ? asked : MostAsked) : wait;
    }

    /// <summary>After a success the next failure waits the first time again.</summary>
    public void Reset() => failures = 0;
}
