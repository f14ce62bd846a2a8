namespace Nbpy.Publishers.Live;

/// <summary>A bound on attempts in a rolling window, for venues that ban an address that connects too often. Policy without
/// I/O; not for use by two threads at once.</summary>
/// <param name="attempts">How many the window holds.</param>
/// <param name="window">Its length.</param>
public sealed class AttemptBudget(int attempts, TimeSpan window)
{
    private readonly Queue<TimeSpan> made = [];

    /// <summary>Notes an attempt at <paramref name="now"/> when the window has room; otherwise says how long to wait.</summary>
    /// <param name="now">Time since any fixed moment.</param>
    /// <returns>Zero: go ahead. Else the wait, after which to ask again.</returns>
    public TimeSpan Take(TimeSpan now)
    {
        while (made.TryPeek(out var oldest) && now - oldest >= window)
            made.Dequeue();
        if (made.Count >= attempts)
            return made.Peek() + window - now;
        made.Enqueue(now);
        return TimeSpan.Zero;
    }
}
