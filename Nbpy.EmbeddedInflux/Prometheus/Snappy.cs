using System.Buffers.Binary;

namespace Nbpy.EmbeddedInflux.Prometheus;

/// <summary>The block format of Snappy, in which Prometheus sends and takes messages: a length, then literals and copies of what
/// came before.</summary>
internal static class Snappy
{
    private const int MaxLiteral = 1 << 16;

    // Three bytes say no more than 64: what claims more is not worth its memory.
    private const int MaxGrowth = 22;

    /// <exception cref="InvalidDataException">It is not Snappy, or longer than <paramref name="most"/> bytes.</exception>
    public static byte[] Decode(ReadOnlySpan<byte> block, long most)
    {
        var at = 0;
        var length = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            if (at >= block.Length || shift > 28)
                throw Corrupt();
            length |= (ulong)(block[at] & 0x7f) << shift;
            if (block[at++] < 0x80)
                break;
        }

        if (length > (ulong)Math.Min(most, int.MaxValue))
            throw new InvalidDataException("snappy: decoded block is too large");
        if (length > (ulong)block.Length * MaxGrowth)
            throw Corrupt();
        var result = new byte[length];
        var written = 0;
        while (at < block.Length)
        {
            var tag = block[at++];
            var kind = tag & 3;
            if (kind == 0)
                Literal(block, ref at, tag >> 2, result, ref written);
            else
                Copy(block, ref at, tag, result, ref written);
        }

        return written == result.Length ? result : throw Corrupt();
    }

    /// <summary>As literals only: valid for every reader, and no smaller than it was.</summary>
    public static byte[] Encode(ReadOnlySpan<byte> data)
    {
        using var stream = new MemoryStream(data.Length + 16);
        var rest = (uint)data.Length;
        for (; rest >= 0x80; rest >>= 7)
            stream.WriteByte((byte)(rest | 0x80));
        stream.WriteByte((byte)rest);
        while (!data.IsEmpty)
        {
            var part = data[..Math.Min(data.Length, MaxLiteral)];
            // Two bytes of length follow.
            stream.WriteByte(61 << 2);
            stream.WriteByte((byte)(part.Length - 1));
            stream.WriteByte((byte)((part.Length - 1) >> 8));
            stream.Write(part);
            data = data[part.Length..];
        }

        return stream.ToArray();
    }

    private static void Literal(ReadOnlySpan<byte> block, ref int at, int code, byte[] result, ref int written)
    {
        var length = code + 1L;
        if (code >= 60)
        {
            var size = code - 59;
            if (block.Length - at < size)
                throw Corrupt();
            length = 1;
            for (var i = 0; i < size; i++)
                length += (long)block[at + i] << (8 * i);
            at += size;
        }

        if (length > block.Length - at || length > result.Length - written)
            throw Corrupt();
        block.Slice(at, (int)length).CopyTo(result.AsSpan(written));
        at += (int)length;
        written += (int)length;
    }

    private static void Copy(ReadOnlySpan<byte> block, ref int at, byte tag, byte[] result, ref int written)
    {
        var size = (tag & 3) switch { 1 => 1, 2 => 2, _ => 4 };
        if (block.Length - at < size)
            throw Corrupt();
        var (length, offset) = size switch
        {
            1 => (((tag >> 2) & 7) + 4, ((long)(tag >> 5) << 8) | block[at]),
            2 => ((tag >> 2) + 1, BinaryPrimitives.ReadUInt16LittleEndian(block[at..])),
            _ => ((tag >> 2) + 1, (long)BinaryPrimitives.ReadUInt32LittleEndian(block[at..])),
        };
        at += size;
        if (offset == 0 || offset > written || length > result.Length - written)
            throw Corrupt();
        // A byte at a time: what is copied may be what this copy just wrote.
        for (var i = 0; i < length; i++, written++)
            result[written] = result[written - offset];
    }

    private static InvalidDataException Corrupt() => new("snappy: corrupt input");
}
