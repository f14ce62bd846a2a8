namespace Nbpy.Influx;

/// <summary>Lines in one growing array, with the end of each and the messages they came from. Not thread-safe.</summary>
internal sealed class BatchBuffer
{
    private const int LargestKept = 8 * 1024 * 1024;
    private byte[] bytes = new byte[64 * 1024];
    private int[] ends = new int[256];

    public int Count { get; private set; }

    public int Length { get; private set; }

    /// <summary>The messages of the lines (and of what was skipped between them).</summary>
    public MessageRange Messages { get; private set; }

    /// <summary>W3C trace context of one of the messages; null: none is traced.</summary>
    public string? TraceParent { get; set; }

    public LineBatch Lines => new(bytes.AsMemory(0, Length), ends.AsMemory(0, Count)) { TraceParent = TraceParent };

    public void Add(ReadOnlySpan<byte> line, ulong epoch, ulong sequence)
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
        Messages = Messages.With(epoch, sequence);
    }

    /// <summary>Notes a message that yields no line: it is done with when the lines before it are.</summary>
    public void Skip(ulong epoch, ulong sequence) => Messages = Messages.With(epoch, sequence);

    /// <summary>Empties the buffer; a very large one is given back.</summary>
    public void Clear()
    {
        Count = 0;
        Length = 0;
        Messages = default;
        TraceParent = null;
        if (bytes.Length > LargestKept)
            bytes = new byte[64 * 1024];
    }
}
