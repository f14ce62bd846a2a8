using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.AppHost.Supervision;

/// <summary>When a service that runs is to be restarted because it no longer does its work: policy without I/O. Judged are the answers of its health
/// endpoint and the age of its last data, whether it calls itself healthy or not.</summary>
/// <param name="config">The bounds.</param>
/// <param name="silence">Seconds without data that mean a restart; 0: never.</param>
/// <param name="time">The clock.</param>
public sealed class LivenessPolicy(SupervisionConfig config, double silence, TimeProvider time)
{
    /// <summary>Where starting anew brought no data, the next silence may be twice as long, up to this: a market that is closed, or a venue that is
    /// away, is not hammered, and never uses the budget up by itself.</summary>
    private static readonly TimeSpan LongestSilence = TimeSpan.FromHours(1);

    private DateTimeOffset startedAt;
    private DateTimeOffset? deadSince;
    private DateTimeOffset? silentSince;
    private long? data;
    private int fruitless;
    private bool hasAnswered;
    private bool isTold;

    /// <summary>When its data last moved, in this life; null: not yet.</summary>
    public DateTimeOffset? MovedAt { get; private set; }

    /// <summary>Its process has started.</summary>
    public void Started()
    {
        startedAt = time.GetUtcNow();
        (MovedAt, data, deadSince, silentSince) = (null, null, null, null);
        (hasAnswered, isTold) = (false, false);
    }

    /// <summary>What its health endpoint was asked, and did not answer.</summary>
    /// <param name="askedAt">When it was asked.</param>
    public void DidNotAnswer(DateTimeOffset askedAt) => deadSince ??= hasAnswered ? askedAt : startedAt;

    /// <summary>What its health endpoint answered.</summary>
    /// <param name="count">Messages so far; null where it does not say.</param>
    /// <param name="isDue">Data are to be expected: it does not say that silence is no fault of its own, and if it receives, its source has
    /// published since it last did.</param>
    public void Answered(long? count, bool isDue)
    {
        var now = time.GetUtcNow();
        hasAnswered = true;
        if (deadSince is not null)
            (deadSince, isTold) = (null, false);
        if (count is null)
            return;
        if (data is { } before && count != before)
        {
            MovedAt = now;
            (fruitless, isTold, silentSince) = (0, false, null);
        }
        else
        {
            silentSince = isDue ? silentSince ?? now : null;
        }

        data = count;
    }

    /// <summary>For one that receives: true when its source has published since it last received.</summary>
    public bool HasMissed(LivenessPolicy source) => source.MovedAt is { } moved && moved > (MovedAt ?? startedAt);

    /// <summary>Why it is to be restarted now; null when it is not.</summary>
    public string? Verdict()
    {
        var now = time.GetUtcNow();
        if (isTold)
            return null;
        var patience = hasAnswered ? config.LivenessTimeout : config.StartTimeout > 0 ? Math.Max(config.LivenessTimeout, config.StartTimeout) : double.MaxValue;
        if (config.LivenessTimeout > 0 && (now - deadSince)?.TotalSeconds >= patience)
            return $"its health endpoint has not answered for {(now - deadSince)!.Value.TotalSeconds:0} s";
        return IsSilent(now) ? $"no data for {(now - silentSince)!.Value.TotalSeconds:0} s" : null;
    }

    /// <summary>It is being restarted: what was seen before counts no more.</summary>
    public void Restarting()
    {
        if (IsSilent(time.GetUtcNow()))
            fruitless++;
        (deadSince, silentSince) = (null, null);
    }

    /// <summary>Nothing was done about the verdict: it is not given again until the service has recovered.</summary>
    public void Told() => isTold = true;

    private bool IsSilent(DateTimeOffset now)
    {
        if (silence <= 0 || silentSince is not { } since)
            return false;
        var most = Math.Max(silence, LongestSilence.TotalSeconds);
        return now - since >= TimeSpan.FromSeconds(Math.Min(most, silence * Math.Pow(2, Math.Min(fruitless, 20))));
    }
}
