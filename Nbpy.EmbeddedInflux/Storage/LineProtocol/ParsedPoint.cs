using System.Text;

namespace Nbpy.EmbeddedInflux.Storage.LineProtocol;

/// <summary>One field of a line: where its (still escaped) key stands and what its value is.</summary>
public struct ParsedField
{
    /// <summary>Offset of the key in the line.</summary>
    public int KeyStart;

    /// <summary>Length of the key in the line, escapes included.</summary>
    public int KeyLength;

    public FieldType Type;

    /// <summary>The bits of a float, an integer, or 0/1 for a boolean.</summary>
    public long Bits;

    /// <summary>The value of a string field.</summary>
    public string? Text;
}

/// <summary>The parse of one line, reused from line to line so that parsing allocates only strings.</summary>
public sealed class ParsedPoint
{
    private ParsedField[] _fields = new ParsedField[16];

    /// <summary>Length of the key at the start of the line: measurement and tags as written.</summary>
    public int KeyLength { get; internal set; }

    public int FieldCount { get; private set; }

    public bool HasTime { get; internal set; }

    /// <summary>The time in ns since the Unix epoch; meaningful when <see cref="HasTime"/>.</summary>
    public long Time { get; internal set; }

    public ReadOnlySpan<ParsedField> Fields => _fields.AsSpan(0, FieldCount);

    internal void Clear()
    {
        FieldCount = 0;
        HasTime = false;
        Time = 0;
    }

    internal void Add(in ParsedField field)
    {
        if (FieldCount == _fields.Length)
            Array.Resize(ref _fields, FieldCount * 2);
        _fields[FieldCount++] = field;
    }

    /// <summary>Removes the backslashes in front of <paramref name="escapable"/> bytes.</summary>
    public static string Unescape(ReadOnlySpan<byte> text, ReadOnlySpan<byte> escapable)
    {
        if (!text.Contains((byte)'\\'))
            return Encoding.UTF8.GetString(text);
        var buffer = new byte[text.Length];
        var n = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 1 < text.Length && escapable.Contains(text[i + 1]))
                i++;
            buffer[n++] = text[i];
        }

        return Encoding.UTF8.GetString(buffer, 0, n);
    }
}
