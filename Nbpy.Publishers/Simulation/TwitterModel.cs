using Nbpy.Messaging;
using Nbpy.Publishers.Twitter;

namespace Nbpy.Publishers.Simulation;

/// <summary>Made-up posts of changing mood, scored by the same analyzer as real ones.</summary>
public sealed class TwitterModel(IReadOnlyList<string> topics, Random random) : IMarketModel
{
    private static readonly string[] Moods =
    [
        "{0} looks GREAT today, love this rally!", "Really happy with my {0} position :)", "{0} is breaking out, what an amazing move!!!",
        "Not sure about {0} here, waiting.", "{0} trades sideways again.", "Reading the order book of {0}.", "Volume on {0} is about average.",
        "{0} is a disaster, I lost everything", "Terrible day for {0}, sold it all :(", "Why is {0} crashing? This is awful.", "I don't hate {0}, but the fees are horrible",
    ];

    // Null: many authors name no place, and then the key is left out.
    private static readonly string?[] Places = ["London", "New York", "Singapore", "Berlin", null, "São Paulo"];
    private readonly IReadOnlyList<string> topics = topics.Count > 0 ? topics : ["bitcoin", "ethereum", "forex"];

    /// <inheritdoc/>
    public void Step(Queue<IReadOnlyList<MessageField>> messages)
    {
        var topic = topics[random.Next(topics.Count)];
        var text = string.Format(System.Globalization.CultureInfo.InvariantCulture, Moods[random.Next(Moods.Length)], topic);
        var score = VaderSentimentAnalyzer.Default.Score(text);
        messages.Enqueue(
        [
            new("topic", topic), new("lang", "en"), new("exchange", "twitter"),
            new("sentiment_score", score.Compound), new("positive", score.Positive), new("neutral", score.Neutral), new("negative", score.Negative),
            new("text_length", text.EnumerateRunes().Count()), new("followers", (int)Math.Exp(12 * random.NextDouble())),
            new("author", $"sim_{random.Next(2_000)}"), new("location", Places[random.Next(Places.Length)]),
        ]);
    }
}
