using MessagePack;

namespace Nbpy.Messaging;

/// <summary>What is said on the replay socket (a ROUTER): version 1. A request is two frames: the topic, and a MessagePack array
/// <c>[1, epoch, from, to]</c> (<c>to</c> 0: up to the newest). The answer is two frames: a MessagePack array
/// <c>[1, epoch, first, last, [[epoch, oldest, newest], …], [[epoch, newest], …]]</c> (first and last 0: it has none of them; then the epochs
/// that are held, and all that are known, in the order in which they began), and a MessagePack array of message maps. An answer is bounded;
/// whoever wants more asks from <c>last + 1</c>. Publishers before the sixth element leave it out.</summary>
internal static class ReplayProtocol
{
    public const int Version = 1;

    /// <summary>Bytes of payload in one answer, about.</summary>
    public const int ChunkBytes = 256 * 1024;

    public static byte[] Request(ulong epoch, ulong from, ulong to)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>(64);
        var writer = new MessagePackWriter(buffer);
        writer.WriteArrayHeader(4);
        writer.Write(Version);
        writer.Write(epoch);
        writer.Write(from);
        writer.Write(to);
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    /// <exception cref="MessagePackSerializationException">Not a request.</exception>
    public static (ulong Epoch, ulong From, ulong To) ReadRequest(ReadOnlyMemory<byte> frame)
    {
        var reader = new MessagePackReader(frame);
        if (reader.ReadArrayHeader() < 4 || reader.ReadInt32() != Version)
            throw new MessagePackSerializationException("Not a request of version 1.");
        return (reader.ReadUInt64(), reader.ReadUInt64(), reader.ReadUInt64());
    }

    public static byte[] Answer(
        ulong epoch, ulong first, ulong last, IReadOnlyList<(ulong Epoch, ulong Oldest, ulong Newest)> epochs,
        IReadOnlyList<(ulong Epoch, ulong Newest)> history)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>(128);
        var writer = new MessagePackWriter(buffer);
        writer.WriteArrayHeader(6);
        writer.Write(Version);
        writer.Write(epoch);
        writer.Write(first);
        writer.Write(last);
        writer.WriteArrayHeader(epochs.Count);
        foreach (var (held, oldest, newest) in epochs)
        {
            writer.WriteArrayHeader(3);
            writer.Write(held);
            writer.Write(oldest);
            writer.Write(newest);
        }

        writer.WriteArrayHeader(history.Count);
        foreach (var (known, newest) in history)
        {
            writer.WriteArrayHeader(2);
            writer.Write(known);
            writer.Write(newest);
        }

        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    /// <exception cref="MessagePackSerializationException">Not an answer.</exception>
    public static ReplayAnswer ReadAnswer(ReadOnlyMemory<byte> header, ReadOnlyMemory<byte> payload)
    {
        var reader = new MessagePackReader(header);
        var elements = reader.ReadArrayHeader();
        if (elements < 5 || reader.ReadInt32() != Version)
            throw new MessagePackSerializationException("Not an answer of version 1.");
        var (epoch, first, last) = (reader.ReadUInt64(), reader.ReadUInt64(), reader.ReadUInt64());
        var epochs = new List<(ulong, ulong, ulong)>();
        for (var count = reader.ReadArrayHeader(); count > 0; count--)
        {
            reader.ReadArrayHeader();
            epochs.Add((reader.ReadUInt64(), reader.ReadUInt64(), reader.ReadUInt64()));
        }

        if (elements == 5)
            return new ReplayAnswer(epoch, first, last, [.. epochs.Select(e => (e.Item1, e.Item3))], payload);
        var history = new List<(ulong, ulong)>();
        for (var count = reader.ReadArrayHeader(); count > 0; count--)
        {
            reader.ReadArrayHeader();
            history.Add((reader.ReadUInt64(), reader.ReadUInt64()));
        }

        return new ReplayAnswer(epoch, first, last, history, payload);
    }

    /// <summary>A MessagePack array of maps that are already encoded.</summary>
    public static byte[] Array(int count, MemoryStream maps)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>((int)maps.Length + 5);
        var writer = new MessagePackWriter(buffer);
        writer.WriteArrayHeader(count);
        writer.WriteRaw(maps.GetBuffer().AsSpan(0, (int)maps.Length));
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }
}

/// <summary>An answer of the replay socket.</summary>
/// <param name="Epoch">The epoch that was asked for.</param>
/// <param name="First">Lowest sequence number in the payload; 0: there is none.</param>
/// <param name="Last">Highest.</param>
/// <param name="History">How far each known epoch went, in the order in which they began.</param>
/// <param name="Payload">A list of maps.</param>
internal sealed record ReplayAnswer(ulong Epoch, ulong First, ulong Last, IReadOnlyList<(ulong Epoch, ulong Newest)> History, ReadOnlyMemory<byte> Payload);
