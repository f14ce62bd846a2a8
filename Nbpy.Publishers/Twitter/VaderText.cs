using System.Text;

namespace Nbpy.Publishers.Twitter;

/// <summary>A token as written and in lower case, with what the lexicon says of it.</summary>
internal readonly record struct VaderToken(string Lower, double? Value, bool IsUpper);

/// <summary>A text cut into tokens as vaderSentiment does it.</summary>
internal sealed class VaderText
{
    private const string Punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

    public VaderText(string text, VaderData data)
    {
        var described = Describe(text, data);
        Exclamations = described.Count(c => c == '!');
        Questions = described.Count(c => c == '?');
        Tokens = Split(described, data);
        var upper = Tokens.Count(token => token.IsUpper);
        CapitalsDiffer = upper > 0 && upper < Tokens.Count;
    }

    public List<VaderToken> Tokens { get; }

    /// <summary>Some tokens, but not all, are in capitals.</summary>
    public bool CapitalsDiffer { get; }

    public int Exclamations { get; }

    public int Questions { get; }

    // Emoji become their descriptions.
    private static string Describe(string text, VaderData data)
    {
        var into = new StringBuilder(text.Length);
        var afterSpace = true;
        foreach (var rune in text.EnumerateRunes())
        {
            if (data.Emoji.TryGetValue(rune, out var description))
            {
                if (!afterSpace)
                    into.Append(' ');
                into.Append(description);
                afterSpace = false;
            }
            else
            {
                into.Append(rune);
                afterSpace = rune.Value == ' ';
            }
        }
        return into.ToString();
    }

    private static List<VaderToken> Split(string text, VaderData data)
    {
        var tokens = new List<VaderToken>();
        for (var i = 0; i < text.Length;)
        {
            var start = i;
            while (i < text.Length && !IsSpace(text[i]))
                i++;
            if (i > start)
                tokens.Add(Token(text[start..i], data));
            else
                i++;
        }
        return tokens;
    }

    // Emoticons and other short pieces keep their punctuation.
    private static VaderToken Token(string piece, VaderData data)
    {
        var stripped = piece.AsSpan().Trim(Punctuation);
        var length = 0;
        foreach (var _ in stripped.EnumerateRunes())
            length++;
        var word = length <= 2 ? piece : stripped.ToString();
        var lower = word.ToLowerInvariant();
        return new VaderToken(lower, data.Lexicon.TryGetValue(lower, out var value) ? value : null, IsUpper(word));
    }

    // Python splits on U+001C to U+001F too.
    private static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\u001c' and <= '\u001f';

    private static bool IsUpper(string word)
    {
        var upper = false;
        foreach (var rune in word.EnumerateRunes())
        {
            if (Rune.IsLower(rune))
                return false;
            upper |= Rune.IsUpper(rune);
        }
        return upper;
    }
}
