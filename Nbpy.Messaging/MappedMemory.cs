using System.IO.MemoryMappedFiles;

namespace Nbpy.Messaging;

/// <summary>The bytes of a memory-mapped file as spans. The one place with pointers: a view accessor copies through marshalling,
/// several times slower than what is copied.</summary>
internal sealed unsafe class MappedMemory : IDisposable
{
    private readonly MemoryMappedViewAccessor view;
    private readonly long length;
    private byte* start;

    public MappedMemory(MemoryMappedFile file, long length)
    {
        this.length = length;
        view = file.CreateViewAccessor(0, length, MemoryMappedFileAccess.ReadWrite);
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
    }

    /// <exception cref="ObjectDisposedException">After disposal.</exception>
    /// <exception cref="ArgumentOutOfRangeException">Not inside the file.</exception>
    public Span<byte> Span(long offset, int count)
    {
        ObjectDisposedException.ThrowIf(start is null, this);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + count, length);
        return new Span<byte>(start + offset, count);
    }

    public void Dispose()
    {
        if (start is null)
            return;
        start = null;
        view.SafeMemoryMappedViewHandle.ReleasePointer();
        view.Dispose();
    }
}
