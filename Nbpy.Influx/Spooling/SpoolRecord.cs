using System.Buffers.Binary;
using System.IO.Hashing;

namespace Nbpy.Influx.Spooling;

/// <summary>One record: a header with a checksum of its own, then the batch with one. So a flipped byte in the batch loses that
/// batch only, and says which messages it held.</summary>
/// <remarks>Little-endian: magic u32, CRC-32 of the rest of the header u32, CRC-32 of the body u32, body bytes u32, lines u32,
/// epoch u64, first sequence u64, last sequence u64. The body: the end of each line as u32, then the lines with their line feeds.</remarks>
internal readonly record struct SpoolRecord(uint BodyChecksum, int BodyLength, int Lines, MessageRange Messages)
{
    /// <summary>Bytes of a header.</summary>
    public const int HeaderLength = 44;

    /// <summary>The largest body that is believed.</summary>
    public const int MaxBodyLength = 256 << 20;

    private const uint Magic = 0x3153_504E; // "NPS1"

    /// <summary>Reads a header.</summary>
    /// <returns>False when it is not one, or not whole.</returns>
    public static bool TryRead(ReadOnlySpan<byte> header, out SpoolRecord record)
    {
        record = default;
        if (header.Length < HeaderLength || BinaryPrimitives.ReadUInt32LittleEndian(header) != Magic || !HasChecksum(header))
            return false;
        record = new SpoolRecord(
            BinaryPrimitives.ReadUInt32LittleEndian(header[8..]),
            BinaryPrimitives.ReadInt32LittleEndian(header[12..]),
            BinaryPrimitives.ReadInt32LittleEndian(header[16..]),
            new MessageRange(
                BinaryPrimitives.ReadUInt64LittleEndian(header[20..]),
                BinaryPrimitives.ReadUInt64LittleEndian(header[28..]),
                BinaryPrimitives.ReadUInt64LittleEndian(header[36..])));
        return record.Lines > 0 && record.BodyLength >= record.Lines * 5 && record.BodyLength <= MaxBodyLength;
    }

    /// <summary>Whether a segment begins as that of another version does, and not as one of this with a damaged byte.</summary>
    public static bool IsOfAnotherVersion(ReadOnlySpan<byte> header) =>
        header.Length >= sizeof(uint) && header.StartsWith("NPS"u8) && BinaryPrimitives.ReadUInt32LittleEndian(header) != Magic && !HasChecksum(header);

    private static bool HasChecksum(ReadOnlySpan<byte> header) =>
        header.Length >= HeaderLength && BinaryPrimitives.ReadUInt32LittleEndian(header[4..]) == Crc32.HashToUInt32(header[8..HeaderLength]);

    /// <summary>A whole record of a batch.</summary>
    public static byte[] Encode(LineBatch batch, MessageRange messages)
    {
        var table = batch.Count * 4;
        var bytes = new byte[HeaderLength + table + batch.Bytes.Length];
        var body = bytes.AsSpan(HeaderLength);
        for (var i = 0; i < batch.Count; i++)
            BinaryPrimitives.WriteInt32LittleEndian(body[(i * 4)..], batch.End(i));
        batch.Bytes.Span.CopyTo(body[table..]);
        var header = bytes.AsSpan(0, HeaderLength);
        BinaryPrimitives.WriteUInt32LittleEndian(header, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], Crc32.HashToUInt32(body));
        BinaryPrimitives.WriteInt32LittleEndian(header[12..], body.Length);
        BinaryPrimitives.WriteInt32LittleEndian(header[16..], batch.Count);
        BinaryPrimitives.WriteUInt64LittleEndian(header[20..], messages.Epoch);
        BinaryPrimitives.WriteUInt64LittleEndian(header[28..], messages.First);
        BinaryPrimitives.WriteUInt64LittleEndian(header[36..], messages.Last);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], Crc32.HashToUInt32(header[8..]));
        return bytes;
    }

    /// <summary>The lines of records whose headers are lost, one after the other, by the bodies' tables of ends.</summary>
    /// <returns>0 where no tables fit: nobody knows how many.</returns>
    public static int LinesOf(ReadOnlySpan<byte> records) => Math.Abs(Walk(records));

    /// <summary>The lines; negative where the records do not end with the bytes.</summary>
    private static int Walk(ReadOnlySpan<byte> records)
    {
        if (records.Length <= HeaderLength)
            return 0;
        var bytes = records[HeaderLength..];
        var (before, other) = (0, 0);
        for (var lines = 1; lines * 5 <= bytes.Length; lines++)
        {
            var end = BinaryPrimitives.ReadInt32LittleEndian(bytes[((lines - 1) * 4)..]);
            if (end <= before || end > bytes.Length - (lines * 4))
                break;
            before = end;
            if (!Fits(bytes, lines))
                continue;

            // A line feed inside a string can make fewer lines fit: what follows tells.
            var rest = bytes[((lines * 4) + end)..];
            var after = Walk(rest);
            if (rest.IsEmpty || after > 0)
                return lines + after;
            other = other == 0 ? lines - after : other;
        }

        return -other;
    }

    /// <summary>Whether so many ends are followed by so many lines.</summary>
    private static bool Fits(ReadOnlySpan<byte> body, int lines)
    {
        var text = body[(lines * 4)..];
        for (var i = lines - 1; i >= 0; i--)
        {
            var end = BinaryPrimitives.ReadInt32LittleEndian(body[(i * 4)..]);
            if (end > text.Length || text[end - 1] != (byte)'\n')
                return false;
        }

        return true;
    }

    /// <summary>The batch of a body.</summary>
    /// <returns>False when the checksum or the table of ends is wrong.</returns>
    public bool TryDecode(ReadOnlyMemory<byte> body, out LineBatch batch)
    {
        batch = default;
        if (body.Length != BodyLength || Crc32.HashToUInt32(body.Span) != BodyChecksum)
            return false;
        var ends = new int[Lines];
        var text = body[(Lines * 4)..];
        var before = 0;
        for (var i = 0; i < Lines; i++)
        {
            ends[i] = BinaryPrimitives.ReadInt32LittleEndian(body.Span[(i * 4)..]);
            if (ends[i] <= before || ends[i] > text.Length)
                return false;
            before = ends[i];
        }

        batch = new LineBatch(text, ends);
        return before == text.Length;
    }
}
