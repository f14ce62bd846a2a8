using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace Nbpy.Publishers.Twitter;

/// <summary>The word lists and constants of vaderSentiment 3.3.2. Origin and licence: <c>lexicon/LICENSE-vaderSentiment.txt</c>.</summary>
internal sealed class VaderData
{
    public const double BoosterIncrease = 0.293;
    public const double CapitalsIncrease = 0.733;
    public const double NegationFactor = -0.74;
    public const double NormalisationAlpha = 15;

    private static readonly Lazy<VaderData> Instance = new(() => new VaderData());

    private readonly FrozenDictionary<string, double>.AlternateLookup<ReadOnlySpan<char>> values;
    private readonly FrozenDictionary<string, double>.AlternateLookup<ReadOnlySpan<char>> boosts;
    private readonly FrozenDictionary<string, double>.AlternateLookup<ReadOnlySpan<char>> idioms;
    private readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> negations;

    private VaderData()
    {
        // Some tokens hold spaces or upper case and never match; of the 14 that occur twice the last one counts.
        var lexicon = Last(Rows("vader_lexicon.txt").Select(row =>
            KeyValuePair.Create(row[0], double.Parse(row[1], NumberStyles.Float, CultureInfo.InvariantCulture))));
        values = lexicon.ToFrozenDictionary(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
        boosts = Boosters.GetAlternateLookup<ReadOnlySpan<char>>();
        idioms = Idioms.GetAlternateLookup<ReadOnlySpan<char>>();
        negations = Negations.GetAlternateLookup<ReadOnlySpan<char>>();
        // The text is walked by scalar value, so an emoji of several never matches.
        Emoji = Last(Rows("emoji_utf8_lexicon.txt").Where(row => row[0].EnumerateRunes().Count() == 1)
            .Select(row => KeyValuePair.Create(row[0].EnumerateRunes().First(), row[1]))).ToFrozenDictionary();
        FirstEmoji = Emoji.Keys.Min(rune => rune.Value);
    }

    /// <summary>Read on first use.</summary>
    public static VaderData Default => Instance.Value;

    public FrozenDictionary<Rune, string> Emoji { get; }

    /// <summary>The least scalar value that is one.</summary>
    public int FirstEmoji { get; }

    /// <summary>What the lexicon says of a word in lower case; null when it has none.</summary>
    public double? ValueOf(ReadOnlySpan<char> word) => values.TryGetValue(word, out var value) ? value : null;

    /// <summary>By how much a word, or several with a space between two, strengthens what follows; null for any other.</summary>
    public double? BoostOf(ReadOnlySpan<char> words) => boosts.TryGetValue(words, out var value) ? value : null;

    /// <summary>True for a word that turns what follows into its opposite.</summary>
    public bool IsNegation(ReadOnlySpan<char> word) => negations.Contains(word) || word.IndexOf("n't") >= 0;

    /// <summary>The value of words that mean something else together.</summary>
    public bool TryIdiom(ReadOnlySpan<char> words, out double value) => idioms.TryGetValue(words, out value);

    private FrozenSet<string> Negations { get; } = Words("""
        aint arent cannot cant couldnt darent didnt doesnt ain't aren't can't couldn't daren't didn't doesn't dont hadnt hasnt
        havent isnt mightnt mustnt neither don't hadn't hasn't haven't isn't mightn't mustn't neednt needn't never none nope nor
        not nothing nowhere oughtnt shant shouldnt uhuh wasnt werent oughtn't shan't shouldn't uh-uh wasn't weren't without wont
        wouldnt won't wouldn't rarely seldom despite
        """).ToFrozenSet(StringComparer.Ordinal);

    private FrozenDictionary<string, double> Boosters { get; } = Words("""
        absolutely amazingly awfully completely considerable considerably decidedly deeply effing enormous enormously entirely
        especially exceptional exceptionally extreme extremely fabulously flipping flippin frackin fracking fricking frickin
        frigging friggin fully fuckin fucking fuggin fugging greatly hella highly hugely incredible incredibly intensely major
        majorly more most particularly purely quite really remarkably so substantially thoroughly total totally tremendous
        tremendously uber unbelievably unusually utter utterly very
        """).Select(word => KeyValuePair.Create(word, BoosterIncrease))
        .Concat(Words("""
            almost barely hardly kinda kindof kind-of less little marginal marginally occasional occasionally partly scarce scarcely
            slight slightly somewhat sorta sortof sort-of
            """).Concat(["just enough", "kind of", "sort of"]).Select(word => KeyValuePair.Create(word, -BoosterIncrease)))
        .ToFrozenDictionary(StringComparer.Ordinal);

    private FrozenDictionary<string, double> Idioms { get; } = new Dictionary<string, double>
    {
        ["the shit"] = 3, ["the bomb"] = 3, ["bad ass"] = 1.5, ["badass"] = 1.5, ["bus stop"] = 0, ["yeah right"] = -2,
        ["kiss of death"] = -1.5, ["to die for"] = 3, ["beating heart"] = 3.1, ["broken heart"] = -2.9,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static string[] Words(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    private static Dictionary<TKey, TValue> Last<TKey, TValue>(IEnumerable<KeyValuePair<TKey, TValue>> pairs)
        where TKey : notnull
    {
        var all = new Dictionary<TKey, TValue>();
        foreach (var (key, value) in pairs)
            all[key] = value;
        return all;
    }

    // Only the line end is taken off: tokens begin and end with punctuation.
    private static IEnumerable<string[]> Rows(string name)
    {
        using var stream = typeof(VaderData).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The assembly lacks {name}.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        foreach (var line in reader.ReadToEnd().Split('\n'))
            if (line.TrimEnd('\r').Split('\t') is { Length: >= 2 } row)
                yield return row;
    }
}
