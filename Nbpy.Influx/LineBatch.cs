namespace Nbpy.Influx;

/// <summary>Lines of line protocol in one piece of memory, each with its line feed, and the end of each.</summary>
/// <param name="Bytes">All lines.</param>
/// <param name="Ends">Where each ends in <paramref name="Bytes"/>, after its line feed.</param>
internal readonly record struct LineBatch(ReadOnlyMemory<byte> Bytes, ReadOnlyMemory<int> Ends)
{
    /// <summary>W3C trace context that the write request is part of; null: none.</summary>
    public string? TraceParent { get; init; }

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

    /// <summary>Several batches as one.</summary>
    public static LineBatch Join(IReadOnlyList<LineBatch> parts)
    {
        if (parts.Count == 1)
            return parts[0];
        var bytes = new byte[parts.Sum(p => p.Bytes.Length)];
        var ends = new int[parts.Sum(p => p.Count)];
        var (length, count) = (0, 0);
        foreach (var part in parts)
        {
            part.Bytes.CopyTo(bytes.AsMemory(length));
            foreach (var end in part.Ends.Span)
                ends[count++] = length + end;
            length += part.Bytes.Length;
        }

        return new LineBatch(bytes, ends);
    }
}
