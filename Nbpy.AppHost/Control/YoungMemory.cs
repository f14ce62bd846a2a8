namespace Nbpy.AppHost.Control;

/// <summary>Collects what the host has dropped, every few megabytes. By itself the runtime waits until new objects fill a good part of the processor's cache, which on
/// a server has hundreds of megabytes. The host starts its services with that limit as a variable (<c>DOTNET_GCgen0size</c>); its own process is running when it could be set.</summary>
internal sealed class YoungMemory
{
    private const long LimitBytes = 8 << 20;
    private long collectedAt;

    /// <summary>Collects where enough was allocated since the last time.</summary>
    public void Collect()
    {
        if (IsDue(GC.GetTotalAllocatedBytes()))
            GC.Collect(1, GCCollectionMode.Forced);
    }

    /// <summary>Whether so many bytes, allocated since the process began, are enough more than when it last was due.</summary>
    internal bool IsDue(long allocatedBytes)
    {
        if (allocatedBytes - collectedAt < LimitBytes)
            return false;
        collectedAt = allocatedBytes;
        return true;
    }
}
