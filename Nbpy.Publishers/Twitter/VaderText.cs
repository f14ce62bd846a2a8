using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;

namespace Nbpy.Publishers.Twitter;

/// <summary>A token: where its lower case stands, with what the lexicon and the word lists say of it.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct VaderToken(int Start, int Length, double? Value, double? Boost, bool IsNegation, bool IsUpper)
{
    public int End => Start + Length;
}

/// <summary>A text cut into tokens as vaderSentiment does it. One object serves many texts: its buffers grow to the longest
/// and nothing is allocated after that.</summary>
internal sealed class VaderText(VaderData data)
{
    private static readonly SearchValues<char> Punctuation = SearchValues.Create("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~");

    private char[] described = new char[512];
    private int describedLength;
    private char[] lower = new char[512];
    private int lowerLength;
    private VaderToken[] tokens = new VaderToken[64];
    private int count;

    /// <summary>The word lists.</summary>
    public VaderData Data => data;

    public ReadOnlySpan<VaderToken> Tokens => tokens.AsSpan(0, count);

    /// <summary>Some tokens, but not all, are in capitals.</summary>
    public bool CapitalsDiffer { get; private set; }

    public int Exclamations { get; private set; }

    public int Questions { get; private set; }

    /// <summary>Takes the next text.</summary>
    public void Read(ReadOnlySpan<char> text)
    {
        (describedLength, lowerLength, count) = (0, 0, 0);
        Describe(text);
        var all = described.AsSpan(0, describedLength);
        Exclamations = all.Count('!');
        Questions = all.Count('?');
        Split();
        var upper = 0;
        foreach (ref readonly var token in Tokens)
            upper += token.IsUpper ? 1 : 0;
        CapitalsDiffer = upper > 0 && upper < count;
    }

    /// <summary>The lower case of tokens <paramref name="first"/> to <paramref name="last"/>, with one space between two.</summary>
    public ReadOnlySpan<char> Words(int first, int last) => lower.AsSpan(tokens[first].Start, tokens[last].End - tokens[first].Start);

    /// <summary>True when there is such a token and it is the word.</summary>
    public bool Is(int index, string word) =>
        (uint)index < (uint)count && tokens[index].Length == word.Length && Words(index, index).SequenceEqual(word);

    public bool Is(int index, string word, string other) => Is(index, word) || Is(index, other);

    // Emoji become their descriptions.
    private void Describe(ReadOnlySpan<char> text)
    {
        var afterSpace = true;
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value >= data.FirstEmoji && data.Emoji.TryGetValue(rune, out var description))
            {
                Room(ref described, describedLength, description.Length + 1);
                if (!afterSpace)
                    described[describedLength++] = ' ';
                description.CopyTo(described.AsSpan(describedLength));
                describedLength += description.Length;
                afterSpace = false;
            }
            else
            {
                Room(ref described, describedLength, 2);
                describedLength += rune.EncodeToUtf16(described.AsSpan(describedLength));
                afterSpace = rune.Value == ' ';
            }
        }
    }

    private void Split()
    {
        for (var i = 0; i < describedLength;)
        {
            var start = i;
            while (i < describedLength && !IsSpace(described[i]))
                i++;
            if (i > start)
                Add(described.AsSpan(start, i - start));
            else
                i++;
        }
    }

    // Emoticons and other short pieces keep their punctuation.
    private void Add(ReadOnlySpan<char> piece)
    {
        var first = piece.IndexOfAnyExcept(Punctuation);
        var stripped = first < 0 ? [] : piece[first..(piece.LastIndexOfAnyExcept(Punctuation) + 1)];
        var word = IsShort(stripped) ? piece : stripped;
        Room(ref lower, lowerLength, word.Length + 1);
        if (count > 0)
            lower[lowerLength++] = ' ';
        var text = lower.AsSpan(lowerLength, word.Length);
        word.ToLowerInvariant(text);
        if (count == tokens.Length)
            Array.Resize(ref tokens, count * 2);
        tokens[count++] = new VaderToken(
            lowerLength, word.Length, data.ValueOf(text), data.BoostOf(text), data.IsNegation(text), IsUpper(word));
        lowerLength += word.Length;
    }

    // Two scalar values at most.
    private static bool IsShort(ReadOnlySpan<char> text)
    {
        if (text.Length is <= 2 or > 4)
            return text.Length <= 2;
        var length = 0;
        foreach (var _ in text.EnumerateRunes())
            length++;
        return length <= 2;
    }

    // Python splits on U+001C to U+001F too.
    private static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\u001c' and <= '\u001f';

    private static bool IsUpper(ReadOnlySpan<char> word)
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

    private static void Room(ref char[] buffer, int used, int more)
    {
        if (used + more > buffer.Length)
            Array.Resize(ref buffer, Math.Max(used + more, buffer.Length * 2));
    }
}
