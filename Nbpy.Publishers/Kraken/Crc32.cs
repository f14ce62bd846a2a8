namespace Nbpy.Publishers.Kraken;

/// <summary>CRC-32 of IEEE 802.3 (reflected polynomial 0xEDB88320), as zlib has it. The framework's own lives in a
/// package (System.IO.Hashing) that this project does without.</summary>
public static class Crc32
{
    private static readonly uint[] Table = BuildTable();

    /// <summary>The checksum of <paramref name="bytes"/>; of <c>123456789</c> it is 0xCBF43926.</summary>
    public static uint Compute(ReadOnlySpan<byte> bytes)
    {
        var table = Table;
        var crc = 0xFFFFFFFFu;
        foreach (var b in bytes)
            crc = table[(byte)(crc ^ b)] ^ (crc >> 8);
        return ~crc;
    }

    private static uint[] BuildTable()
    {
        var table = new uint[256];
        for (var i = 0u; i < table.Length; i++)
        {
            var value = i;
            for (var bit = 0; bit < 8; bit++)
                value = (value & 1) != 0 ? (value >> 1) ^ 0xEDB88320u : value >> 1;
            table[i] = value;
        }
        return table;
    }
}
