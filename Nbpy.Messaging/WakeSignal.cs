namespace Nbpy.Messaging;

/// <summary>Lets one thread sleep while there is no work. Waking it is a memory barrier where it is awake, and one switch between threads where it
/// sleeps: no pool between.</summary>
internal sealed class WakeSignal
{
    private readonly object gate = new();
    private bool isWaiting;

    /// <summary>Sleeps until <see cref="Wake"/>, unless there is work. May return without work. For one thread.</summary>
    /// <param name="hasWork">Must not wait for who wakes.</param>
    public void WaitUnless(Func<bool> hasWork)
    {
        lock (gate)
        {
            Volatile.Write(ref isWaiting, true);
            // Either this sees the work, or who brought it sees that it must wake; that waits for the gate until this sleeps.
            Interlocked.MemoryBarrier();
            if (!hasWork())
                Monitor.Wait(gate);
            Volatile.Write(ref isWaiting, false);
        }
    }

    /// <summary>To be called after work was brought. From any thread.</summary>
    public void Wake()
    {
        Interlocked.MemoryBarrier();
        if (!Volatile.Read(ref isWaiting))
            return;
        lock (gate)
            Monitor.Pulse(gate);
    }
}
