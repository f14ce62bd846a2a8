using System.Text;
using System.Text.Json;

namespace Nbpy.Publishers.Kraken;

/// <summary>One string per symbol, side or order type, however often it arrives.</summary>
internal sealed class KrakenNames
{
    private const int LongestKept = 32;
    private const int MostKept = 10_000;
    private const int Slots = 256;

    private readonly HashSet<string> known = new(StringComparer.Ordinal);
    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> lookup;

    // Some of them by their bytes: a name whose place is taken is looked up the longer way.
    private readonly (byte[]? Bytes, string Name)[] late = new (byte[]?, string)[Slots];

    public KrakenNames() => lookup = known.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The string the reader stands on.</summary>
    public string Read(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.String)
            throw new JsonException("A name is not a text.");
        return reader.ValueSpan.Length is 0 or > LongestKept ? reader.GetString()!
            : reader.ValueIsEscaped || !Ascii.IsValid(reader.ValueSpan) ? Find(ref reader)
            : Get(reader.ValueSpan);
    }

    /// <summary>The string of a text without escapes.</summary>
    /// <param name="ascii">Not empty, ASCII.</param>
    public string Get(ReadOnlySpan<byte> ascii)
    {
        ref var slot = ref late[((ascii.Length * 37) + (ascii[0] * 3) + (ascii[ascii.Length / 2] * 5) + ascii[^1]) % Slots];
        if (slot.Bytes is not null && ascii.SequenceEqual(slot.Bytes))
            return slot.Name;
        if (ascii.Length > LongestKept)
            return Encoding.ASCII.GetString(ascii);
        Span<char> text = stackalloc char[LongestKept];
        var name = Known(text[..Encoding.ASCII.GetChars(ascii, text)]);
        if (slot.Bytes is null)
            slot = (ascii.ToArray(), name);
        return name;
    }

    private string Find(ref Utf8JsonReader reader)
    {
        Span<char> text = stackalloc char[LongestKept];
        return Known(text[..reader.CopyString(text)]);
    }

    private string Known(ReadOnlySpan<char> text)
    {
        if (lookup.TryGetValue(text, out var name))
            return name;
        name = text.ToString();
        if (known.Count < MostKept)
            known.Add(name);
        return name;
    }
}
