namespace Nbpy.Publishers.Live;

/// <summary>A connection has ended or could not be had; trying again may help.</summary>
public class LiveException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The wait that the venue asked for, at least; null leaves it to the policy.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>What the feed shows until the next attempt: <see cref="FeedPhase.Connecting"/>, or
    /// <see cref="FeedPhase.Stale"/> where the venue had fallen silent.</summary>
    public FeedPhase Phase { get; init; } = FeedPhase.Connecting;
}

/// <summary>The venue refuses: the feed's phase is <see cref="FeedPhase.Refused"/>, and it tries again at the longest wait only.</summary>
public sealed class LiveRefusedException(string message, Exception? inner = null) : LiveException(message, inner);
