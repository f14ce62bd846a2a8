using System.Buffers.Binary;

namespace Nbpy.Publishers.Kraken;

/// <summary>CRC-32 of IEEE 802.3 (reflected polynomial 0xEDB88320), as zlib has it, eight bytes at a time: one by one, each
/// step waits for the one before. The framework's own lives in a package (System.IO.Hashing) that this project does
/// without.</summary>
public static class Crc32
{
    // Table n holds the checksum of a byte with n zero bytes behind it.
    private static readonly uint[][] Tables = BuildTables();

    /// <summary>The checksum of <paramref name="bytes"/>; of <c>123456789</c> it is 0xCBF43926.</summary>
    public static uint Compute(ReadOnlySpan<byte> bytes)
    {
        var tables = Tables;
        uint[] t0 = tables[0], t1 = tables[1], t2 = tables[2], t3 = tables[3], t4 = tables[4], t5 = tables[5], t6 = tables[6], t7 = tables[7];
        var crc = 0xFFFFFFFFu;
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            var word = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
            var low = (uint)word ^ crc;
            var high = (uint)(word >> 32);
            crc = t7[(byte)low] ^ t6[(byte)(low >> 8)] ^ t5[(byte)(low >> 16)] ^ t4[low >> 24]
                ^ t3[(byte)high] ^ t2[(byte)(high >> 8)] ^ t1[(byte)(high >> 16)] ^ t0[high >> 24];
        }

        foreach (var b in bytes)
            crc = t0[(byte)(crc ^ b)] ^ (crc >> 8);
        return ~crc;
    }

    private static uint[][] BuildTables()
    {
        var tables = new uint[8][];
        for (var n = 0; n < tables.Length; n++)
        {
            tables[n] = new uint[256];
            for (var i = 0u; i < 256; i++)
                tables[n][i] = n == 0 ? Remainder(i) : tables[0][(byte)tables[n - 1][i]] ^ (tables[n - 1][i] >> 8);
        }

        return tables;
    }

    private static uint Remainder(uint value)
    {
        for (var bit = 0; bit < 8; bit++)
            value = (value & 1) != 0 ? (value >> 1) ^ 0xEDB88320u : value >> 1;
        return value;
    }
}
