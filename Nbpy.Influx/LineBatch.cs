namespace Nbpy.Influx;

/// <summary>Lines of line protocol in one piece of memory, each with its line feed, and the end of each.</summary>
/// <param name="Bytes">All lines.</param>
/// <param name="Ends">Where each ends in <paramref name="Bytes"/>, after its line feed.</param>
internal readonly record struct LineBatch(ReadOnlyMemory<byte> Bytes, ReadOnlyMemory<int> Ends)
{
    /// <summary>Number of lines.</summary>
    public int Count => Ends.Length;

    /// <summary>End of a line.</summary>
    public int End(int line) => Ends.Span[line];

    /// <summary>Some of the lines, in one piece.</summary>
    public ReadOnlyMemory<byte> Lines(int first, int count)
    {
        var ends = Ends.Span;
        var start = first == 0 ? 0 : ends[first - 1];
        return Bytes[start..ends[first + count - 1]];
    }
}
