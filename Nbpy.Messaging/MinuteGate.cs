namespace Nbpy.Messaging;

/// <summary>Lets one through a minute, the first at once: what a broken peer causes is counted each time and logged now and then. For
/// one thread.</summary>
/// <param name="time">The clock.</param>
internal sealed class MinuteGate(TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);
    private long? last;

    /// <summary>True the first time, and once a minute has passed since it was true.</summary>
    public bool TryPass()
    {
        if (last is { } before && time.GetElapsedTime(before) < Interval)
            return false;
        last = time.GetTimestamp();
        return true;
    }
}
