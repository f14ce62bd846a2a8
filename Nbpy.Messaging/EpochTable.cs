using System.Buffers.Binary;

namespace Nbpy.Messaging;

/// <summary>In a ring's header: how far each of the latest epochs went, and how many messages the run of the whole system had had before it.
/// A circle of 32 bytes an epoch (epoch, newest sequence number, messages before it in its run, run), of which the count of epochs ever
/// taken moves the end: an epoch is written before the count goes past it, so a kill leaves whole ones.</summary>
internal sealed class EpochTable(MappedMemory memory)
{
    /// <summary>Epochs that are known.</summary>
    public const int Kept = Slots - 1;

    private const int Start = 512;
    private const int SlotBytes = 32;
    private const int Slots = (RingFile.HeaderBytes - Start) / SlotBytes;

    private ReadOnlySpan<byte> Header => memory.Span(0, RingFile.HeaderBytes);

    /// <summary>The messages of a run, by a header.</summary>
    public static long MessagesOf(ReadOnlySpan<byte> header, ulong run)
    {
        for (var i = Count(header) - 1; i >= First(header); i--)
            if (Get(header, i, 3) == run)
                return (long)(Get(header, i, 2) + Get(header, i, 1));
        return 0;
    }

    /// <summary>The messages of a run.</summary>
    public long MessagesOf(ulong run) => MessagesOf(Header, run);

    /// <summary>The epochs, in the order in which they began.</summary>
    public IReadOnlyList<(ulong Epoch, ulong Newest)> Read()
    {
        var header = Header;
        var list = new List<(ulong Epoch, ulong Newest)>();
        for (var i = First(header); i < Count(header); i++)
            list.Add((Get(header, i, 0), Get(header, i, 1)));
        return list;
    }

    /// <summary>A message was added.</summary>
    public void Note(ulong epoch, ulong sequence, ulong run)
    {
        var header = Header;
        var last = Count(header) - 1;
        if (last >= 0 && Get(header, last, 0) == epoch)
            Set(last, 1, sequence);
        else
            Append(epoch, sequence, run);
    }

    /// <summary>A message was found in the circle on opening: of an epoch that the table knows, or of one after all of those.</summary>
    public void Mend(ulong epoch, ulong sequence)
    {
        var header = Header;
        for (var i = Count(header) - 1; i >= First(header); i--)
        {
            if (Get(header, i, 0) != epoch)
                continue;
            if (Get(header, i, 1) < sequence)
                Set(i, 1, sequence);
            return;
        }

        // Its publisher was killed before it got here.
        Append(epoch, sequence, BinaryPrimitives.ReadUInt64LittleEndian(header[(RingFile.RunField * 8)..]));
    }

    private static long Count(ReadOnlySpan<byte> header) => (long)BinaryPrimitives.ReadUInt64LittleEndian(header[(RingFile.EpochsField * 8)..]);

    private static long First(ReadOnlySpan<byte> header) => Math.Max(0, Count(header) - Kept);

    private static int Offset(long index, int part) => Start + ((int)(index % Slots) * SlotBytes) + (part * 8);

    private static ulong Get(ReadOnlySpan<byte> header, long index, int part) => BinaryPrimitives.ReadUInt64LittleEndian(header[Offset(index, part)..]);

    private void Set(long index, int part, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(memory.Span(Offset(index, part), 8), value);

    private void Append(ulong epoch, ulong sequence, ulong run)
    {
        var count = Count(Header);
        var before = (ulong)MessagesOf(run);
        Set(count, 0, epoch);
        Set(count, 1, sequence);
        Set(count, 2, before);
        Set(count, 3, run);
        BinaryPrimitives.WriteUInt64LittleEndian(memory.Span(RingFile.EpochsField * 8, 8), (ulong)count + 1);
    }
}
