namespace Nbpy.Publishers.Simulation;

/// <summary>Says when how many messages are due at a rate: on a schedule from the start, so that there is no drift; at most 100
/// wake-ups a second, with several messages each above that rate. After a stall at most one second is caught up. No I/O.</summary>
public sealed class RatePacer
{
    private static readonly TimeSpan LeastWait = TimeSpan.FromMilliseconds(10);
    private readonly double rate;
    private readonly long most;
    private double origin;
    private long sent;

    /// <param name="messagesPerSecond">Above 0.</param>
    public RatePacer(double messagesPerSecond)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(messagesPerSecond);
        rate = messagesPerSecond;
        most = (long)Math.Max(1, Math.Ceiling(messagesPerSecond));
    }

    /// <summary>How many messages are due, and how long to wait before asking again.</summary>
    /// <param name="elapsed">Time since the start.</param>
    public (int Due, TimeSpan Wait) Next(TimeSpan elapsed)
    {
        var due = (long)((elapsed.TotalSeconds - origin) * rate) + 1 - sent;
        if (due > most)
        {
            // A stall (a suspended machine, say): forget what is older than a second.
            origin = elapsed.TotalSeconds - ((sent + most - 1) / rate);
            due = most;
        }

        sent += Math.Max(0, due);
        var next = TimeSpan.FromSeconds(origin + (sent / rate)) - elapsed;
        return ((int)Math.Max(0, due), next > LeastWait ? next : LeastWait);
    }
}
