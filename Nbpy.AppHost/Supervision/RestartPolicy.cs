using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.AppHost.Supervision;

/// <summary>When a service that died is started again, and when it is given up: policy without I/O.</summary>
/// <param name="config">The bounds.</param>
/// <param name="time">The clock.</param>
/// <param name="random">The jitter's source, 0 to 1.</param>
public sealed class RestartPolicy(SupervisionConfig config, TimeProvider time, Func<double> random)
{
    private readonly Queue<DateTimeOffset> restarts = new();
    private int failures;
    private DateTimeOffset? startedAt;

    /// <summary>True when the budget is spent: nothing more until <see cref="Clear"/>.</summary>
    public bool IsFatal { get; private set; }

    /// <summary>The service has started.</summary>
    public void Started() => startedAt = time.GetUtcNow();

    /// <summary>The service has died.</summary>
    /// <returns>How long to wait before starting it again; null when it is given up.</returns>
    public TimeSpan? Died()
    {
        var now = time.GetUtcNow();
        if (!config.Restart || IsFatal)
            return null;
        if (startedAt is { } started && now - started >= TimeSpan.FromSeconds(config.StableAfter))
            failures = 0;
        startedAt = null;
        while (restarts.TryPeek(out var first) && now - first > TimeSpan.FromSeconds(config.Window))
            restarts.Dequeue();
        if (restarts.Count >= config.MaxRestarts)
        {
            IsFatal = true;
            return null;
        }

        restarts.Enqueue(now);
        var wait = Math.Min(config.MaxBackoff, config.InitialBackoff * Math.Pow(2, Math.Min(failures++, 20)));

        // A fifth at random, so that what died together does not come back together.
        return TimeSpan.FromSeconds(wait * (0.8 + (0.2 * random())));
    }

    /// <summary>Starting it again would change nothing: given up at once, unless nothing is ever restarted.</summary>
    public void GiveUp() => IsFatal = config.Restart;

    /// <summary>Somebody started it by hand: the budget is whole again.</summary>
    public void Clear()
    {
        IsFatal = false;
        failures = 0;
        restarts.Clear();
    }
}
