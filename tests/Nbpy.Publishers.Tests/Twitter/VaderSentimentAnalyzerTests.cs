using System.Text.Json;
using Nbpy.Publishers.Tests.Replay;
using Nbpy.Publishers.Twitter;

namespace Nbpy.Publishers.Tests.Twitter;

public sealed class VaderSentimentAnalyzerTests
{
    [Fact]
    public void Every_reference_score_is_reproduced()
    {
        var vectors = Feeds.Lines(Feeds.Fixture("Twitter", "sentiment_vectors.jsonl")).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(500, vectors.Count);
        Assert.All(vectors, vector =>
        {
            var expected = new SentimentScores(
                Number(vector, "compound"), Number(vector, "pos"), Number(vector, "neu"), Number(vector, "neg"));
            Assert.Equal(expected, VaderSentimentAnalyzer.Default.Score(vector.GetProperty("text").GetString()!));
        });
    }

    [Fact]
    public void Sums_are_normalised_like_the_reference()
    {
        var vectors = Feeds.Lines(Feeds.Fixture("Twitter", "sentiment_normalize_vectors.jsonl")).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.NotEmpty(vectors);
        Assert.All(vectors, vector =>
        {
            Assert.Equal(15, Number(vector, "alpha"));
            Assert.Equal(Number(vector, "normalized"), VaderSentimentAnalyzer.Normalise(Number(vector, "score")), 1e-15);
        });
    }

    [Theory]
    [InlineData("VADER is smart, handsome, and funny.", 0.8316)]
    [InlineData("VADER is VERY SMART, handsome, and FUNNY!!!", 0.9342)]
    [InlineData("VADER is not smart, handsome, nor funny.", -0.7424)]
    [InlineData("At least it isn't a horrible book.", 0.431)]
    [InlineData("Today only kinda sux! But I'll get by, lol", 0.5249)]
    [InlineData("Catch utf-8 emoji such as 💘 and 💋 and 😁", 0.875)]
    [InlineData("", 0)]
    [InlineData(" \t\r\n\u001c\u3000", 0)]
    [InlineData("\ud83d alone", -0.25)]
    public void Well_known_texts(string text, double compound) =>
        Assert.Equal(compound, VaderSentimentAnalyzer.Default.Score(text).Compound);

    [Fact]
    public void Any_text_scores_within_bounds_and_every_time_the_same()
    {
        var random = new Random(7);
        var words = (string[])["good", "BAD", "not", "very", "but", "no", "least", "so", "this", "the shit", "kind of", ":)", "🚀", "!", "???", "\ud800"];
        for (var n = 0; n < 2_000; n++)
        {
            var text = string.Join(random.Next(4) == 0 ? "\n" : " ", Enumerable.Range(0, random.Next(12)).Select(_ => words[random.Next(words.Length)]));
            var score = VaderSentimentAnalyzer.Default.Score(text);
            Assert.InRange(score.Compound, -1, 1);
            Assert.All([score.Positive, score.Neutral, score.Negative], share => Assert.InRange(share, 0, 1));
            Assert.Equal(score, VaderSentimentAnalyzer.Default.Score(text));
        }
    }

    [Fact]
    public void Scoring_allocates_nothing_once_the_buffers_have_grown()
    {
        var posts = Feeds.Lines(Feeds.Fixture("Twitter", "sentiment_vectors.jsonl"))
            .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("text").GetString()!).ToList();
        foreach (var post in posts)
            VaderSentimentAnalyzer.Default.Score(post);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < posts.Count; i++)
            VaderSentimentAnalyzer.Default.Score(posts[i]);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void A_text_of_any_length_is_scored()
    {
        var text = string.Concat(Enumerable.Repeat("not a GOOD day, but fine! 😁 ", 20_000));
        Assert.Equal(VaderSentimentAnalyzer.Default.Score(text), VaderSentimentAnalyzer.Default.Score(text));
        Assert.InRange(VaderSentimentAnalyzer.Default.Score(text).Compound, -1, 1);
    }

    private static double Number(JsonElement element, string name) => element.GetProperty(name).GetDouble();
}
