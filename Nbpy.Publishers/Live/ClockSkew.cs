namespace Nbpy.Publishers.Live;

/// <summary>Local clock minus the venue's, smoothed (an exponential average over about ten samples), so that one late message
/// does not look like a clock that is wrong. Policy without I/O.</summary>
public sealed class ClockSkew
{
    private const double Weight = 0.1;
    private double? milliseconds;

    /// <summary>The present estimate in ms; null before the first sample.</summary>
    public double? Milliseconds => milliseconds;

    /// <summary>Takes a sample and returns the estimate in ms, rounded.</summary>
    /// <param name="localNs">The local clock when the message came, ns since the Unix epoch.</param>
    /// <param name="venueNs">The venue's clock when it sent the message.</param>
    public long Add(long localNs, long venueNs)
    {
        var sample = (localNs - venueNs) / 1e6;
        milliseconds = milliseconds is { } before ? before + ((sample - before) * Weight) : sample;
        return (long)Math.Round(milliseconds.Value);
    }
}
