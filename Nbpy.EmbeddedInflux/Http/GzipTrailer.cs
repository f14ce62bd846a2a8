using System.Buffers.Binary;
using System.IO.Hashing;

namespace Nbpy.EmbeddedInflux.Http;

/// <summary>Finds a gzip body that was cut off. <see cref="System.IO.Compression.GZipStream"/> takes one for a short one, so that half a batch would be
/// stored and the other half lost with a success.</summary>
internal static class GzipTrailer
{
    private const int Length = 8;

    /// <param name="packed">The body as it came: members of RFC 1952, each ending in the CRC and the size of what it holds.</param>
    /// <param name="unpacked">What the members hold, one after the other; the last one's is the end of it.</param>
    /// <exception cref="RequestException">400: the end is missing.</exception>
    public static void Check(ReadOnlySpan<byte> packed, ReadOnlySpan<byte> unpacked)
    {
        if (packed.IsEmpty)
            throw new RequestException(400, "EOF");
        if (packed.Length < Length)
            throw new RequestException(400, "unexpected EOF");
        var trailer = packed[^Length..];
        var size = BinaryPrimitives.ReadUInt32LittleEndian(trailer[4..]);
        if (size > unpacked.Length || Crc32.HashToUInt32(unpacked[^(int)size..]) != BinaryPrimitives.ReadUInt32LittleEndian(trailer))
            throw new RequestException(400, "unexpected EOF");
    }
}
