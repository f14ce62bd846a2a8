using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.AppHost.Supervision;

/// <summary>When a service that runs is to be restarted because it no longer does its work: policy without I/O.</summary>
/// <param name="config">The bounds.</param>
/// <param name="isSource">A publisher: silence counts. A subscriber waits for its store as long as it takes.</param>
/// <param name="time">The clock.</param>
public sealed class LivenessPolicy(SupervisionConfig config, bool isSource, TimeProvider time)
{
    private DateTimeOffset? deadSince;
    private DateTimeOffset? silentSince;

    /// <summary>Notes what is known of the service now.</summary>
    /// <param name="running">It runs, and has been healthy since it was started.</param>
    /// <param name="answers">Its health endpoint answers.</param>
    /// <param name="healthy">What it answers.</param>
    /// <param name="reason">The reason it gives.</param>
    public void Observe(bool running, bool answers, bool healthy, string? reason)
    {
        var now = time.GetUtcNow();
        deadSince = running && !answers ? deadSince ?? now : null;

        // A venue that refuses is not mended by starting anew.
        var silent = running && answers && !healthy && isSource && reason?.Contains("refused", StringComparison.OrdinalIgnoreCase) != true;
        silentSince = silent ? silentSince ?? now : null;
    }

    /// <summary>Why it is to be restarted now; null when it is not.</summary>
    public string? Verdict()
    {
        var now = time.GetUtcNow();
        if (config.LivenessTimeout > 0 && deadSince is { } dead && now - dead >= TimeSpan.FromSeconds(config.LivenessTimeout))
            return $"its health endpoint has not answered for {(now - dead).TotalSeconds:0} s";
        if (config.SilenceTimeout > 0 && silentSince is { } silent && now - silent >= TimeSpan.FromSeconds(config.SilenceTimeout))
            return $"no data for {(now - silent).TotalSeconds:0} s";
        return null;
    }

    /// <summary>It was restarted: what was seen before counts no more.</summary>
    public void Reset() => (deadSince, silentSince) = (null, null);
}
