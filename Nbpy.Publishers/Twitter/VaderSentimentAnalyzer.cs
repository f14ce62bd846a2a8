using System.Buffers;
using System.Globalization;

namespace Nbpy.Publishers.Twitter;

/// <summary>What a text feels like.</summary>
/// <param name="Compound">-1 (most negative) to 1, four digits; at 0.05 and above a text counts as positive, at -0.05 and
/// below as negative.</param>
/// <param name="Positive">Share of the text that is positive, three digits.</param>
/// <param name="Neutral">Share that is neutral.</param>
/// <param name="Negative">Share that is negative.</param>
public readonly record struct SentimentScores(double Compound, double Positive, double Neutral, double Negative);

/// <summary>Scores like vaderSentiment 3.3.2 (C. J. Hutto, MIT), its quirks included. Safe for use by several threads.</summary>
public sealed class VaderSentimentAnalyzer
{
    private const int LongestKept = 100_000;
    private const int OnStack = 128;

    [ThreadStatic]
    private static VaderText? threadsOwn;

    private VaderSentimentAnalyzer()
    {
    }

    /// <summary>The analyzer; the lexicon is read with the first score.</summary>
    public static VaderSentimentAnalyzer Default { get; } = new();

    /// <summary>Scores a text, HTML escapes already decoded. English only: other languages score near 0. Allocates nothing
    /// once a thread has scored a text of that length.</summary>
    public SentimentScores Score(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        // A text longer than any post is not to hold memory for good.
        var parts = text.Length > LongestKept ? new VaderText(VaderData.Default) : threadsOwn ??= new VaderText(VaderData.Default);
        parts.Read(text);
        var count = parts.Tokens.Length;
        if (count == 0)
            return default;
        var rented = count > OnStack ? ArrayPool<double>.Shared.Rent(count) : null;
        var valences = rented is null ? stackalloc double[OnStack] : rented;
        valences = valences[..count];
        for (var i = 0; i < count; i++)
            valences[i] = VaderValence.Of(i, parts);
        WeighBut(parts, valences);
        var scores = Total(valences, Emphasis(parts));
        if (rented is not null)
            ArrayPool<double>.Shared.Return(rented);
        return scores;
    }

    /// <summary>Brings a sum of valences into -1 to 1.</summary>
    public static double Normalise(double sum) =>
        Math.Clamp(sum / Math.Sqrt((sum * sum) + VaderData.NormalisationAlpha), -1, 1);

    // What is before the first "but" counts half, what follows counts more. The reference looks values up by value, not
    // by place, which matters where values repeat.
    private static void WeighBut(VaderText text, Span<double> valences)
    {
        var but = 0;
        while (but < valences.Length && !text.Is(but, "but"))
            but++;
        if (but == valences.Length)
            return;
        for (var k = 0; k < valences.Length; k++)
        {
            var value = valences[k];
            var first = valences.IndexOf(value);
            if (first < but)
                valences[first] = value * 0.5;
            else if (first > but)
                valences[first] = value * 1.5;
        }
    }

    private static double Emphasis(VaderText text) => (0.292 * Math.Min(4, text.Exclamations)) + text.Questions switch
    {
        < 2 => 0,
        <= 3 => 0.18 * text.Questions,
        _ => 0.96,
    };

    private static SentimentScores Total(ReadOnlySpan<double> valences, double emphasis)
    {
        double sum = 0, positive = 0, negative = 0;
        var neutral = 0;
        foreach (var value in valences)
        {
            sum += value;
            if (value > 0)
                positive += value + 1;
            else if (value < 0)
                negative += value - 1;
            else
                neutral++;
        }
        sum += emphasis * Math.Sign(sum);
        if (positive > -negative)
            positive += emphasis;
        else if (positive < -negative)
            negative -= emphasis;
        var total = positive - negative + neutral;
        return new SentimentScores(
            Round(Normalise(sum), "F4"), Round(positive / total, "F3"), Round(neutral / total, "F3"), Round(-negative / total, "F3"));
    }

    // Math.Round does not round the exact binary value as Python does; formatting does. Adding 0 takes the sign off -0.
    private static double Round(double value, string format)
    {
        Span<char> text = stackalloc char[32];
        value.TryFormat(text, out var length, format, CultureInfo.InvariantCulture);
        return double.Parse(text[..length], NumberStyles.Float, CultureInfo.InvariantCulture) + 0.0;
    }
}
