namespace Nbpy.Influx;

/// <summary>Lines in one growing array, with the end of each. Not thread-safe.</summary>
internal sealed class BatchBuffer
{
    private byte[] bytes = new byte[64 * 1024];
    private int[] ends = new int[1024];

    public int Count { get; private set; }

    public int Length { get; private set; }

    public void Add(ReadOnlySpan<byte> line)
    {
        var needed = Length + line.Length + 1;
        if (needed > bytes.Length)
            Array.Resize(ref bytes, Math.Max(needed, bytes.Length * 2));
        if (Count == ends.Length)
            Array.Resize(ref ends, ends.Length * 2);
        line.CopyTo(bytes.AsSpan(Length));
        bytes[needed - 1] = (byte)'\n';
        Length = needed;
        ends[Count++] = Length;
    }

    /// <summary>Lines from <paramref name="first"/>, each with its line feed.</summary>
    public ReadOnlyMemory<byte> Lines(int first, int count)
    {
        var start = first == 0 ? 0 : ends[first - 1];
        return bytes.AsMemory(start, ends[first + count - 1] - start);
    }

    /// <summary>Empties the buffer; a very large one is given back.</summary>
    public void Clear()
    {
        Count = 0;
        Length = 0;
        if (bytes.Length > 8 * 1024 * 1024)
            bytes = new byte[64 * 1024];
    }
}
