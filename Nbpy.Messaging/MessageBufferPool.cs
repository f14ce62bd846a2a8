using System.Buffers;
using System.Numerics;
using NetMQ;

namespace Nbpy.Messaging;

/// <summary>Where NetMQ takes the bytes of the messages it receives: the process's shared pool, for messages up to 64 KiB; longer ones are
/// left to the collector. A buffer of another origin (NetMQ had sockets open before this pool was set) is left to it too, where
/// NetMQ's own pool throws on the input thread and ends the process.</summary>
internal sealed class MessageBufferPool : IBufferPool
{
    private const int Smallest = 16;
    private const int Largest = 64 * 1024;

    /// <inheritdoc/>
    public byte[] Take(int size) => size <= Largest ? ArrayPool<byte>.Shared.Rent(size) : new byte[size];

    /// <inheritdoc/>
    public void Return(byte[] buffer)
    {
        if (buffer.Length is >= Smallest and <= Largest && BitOperations.IsPow2(buffer.Length))
            ArrayPool<byte>.Shared.Return(buffer);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
