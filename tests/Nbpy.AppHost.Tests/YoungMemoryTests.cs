using Nbpy.AppHost.Control;

namespace Nbpy.AppHost.Tests;

public sealed class YoungMemoryTests
{
    [Fact]
    public void A_collection_is_due_after_every_eight_megabytes()
    {
        var young = new YoungMemory();
        Assert.Equal([false, true, false, false, true, true], new long[] { 5 << 20, 8 << 20, 9 << 20, (16 << 20) - 1, 16 << 20, 90 << 20 }.Select(young.IsDue));
    }

    [Fact]
    public void What_was_dropped_is_collected()
    {
        var before = GC.CollectionCount(1);
        var dropped = Drop();
        new YoungMemory().Collect();
        Assert.True(GC.CollectionCount(1) > before);
        Assert.False(dropped.IsAlive);
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static WeakReference Drop()
    {
        for (var i = 0; i < 200; i++)
            GC.KeepAlive(new byte[64 << 10]);
        return new WeakReference(new byte[100]);
    }
}
