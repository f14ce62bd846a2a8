using System.Text.Json;

namespace Nbpy.Publishers.Kraken;

/// <summary>One string per symbol, side or order type, however often it arrives.</summary>
internal sealed class KrakenNames
{
    private const int LongestKept = 32;
    private const int MostKept = 10_000;

    private readonly HashSet<string> known = new(StringComparer.Ordinal);
    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> lookup;

    public KrakenNames() => lookup = known.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The string the reader stands on.</summary>
    public string Read(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.String)
            throw new JsonException("A name is not a text.");
        if (reader.ValueSpan.Length > LongestKept)
            return reader.GetString()!;
        Span<char> text = stackalloc char[LongestKept];
        text = text[..reader.CopyString(text)];
        if (lookup.TryGetValue(text, out var name))
            return name;
        name = text.ToString();
        if (known.Count < MostKept)
            known.Add(name);
        return name;
    }
}
