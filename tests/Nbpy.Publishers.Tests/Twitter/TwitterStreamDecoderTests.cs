using System.Text;
using System.Text.Json;
using Nbpy.Messaging;
using Nbpy.Publishers.Decoding;
using Nbpy.Publishers.Tests.Replay;
using Nbpy.Publishers.Twitter;

namespace Nbpy.Publishers.Tests.Twitter;

public sealed class TwitterStreamDecoderTests
{
    private readonly TwitterStreamDecoder decoder = new();

    [Fact]
    public void The_composed_stream_decodes_as_expected()
    {
        var expected = Feeds.Lines(Feeds.Fixture("Twitter", "filtered_stream_composed.expected.jsonl"))
            .Select(line => JsonDocument.Parse(line).RootElement)
            .Select(e => string.Join('|', e.GetProperty("tag").GetString(), e.GetProperty("text_length_chars").GetInt64(),
                e.GetProperty("compound").GetDouble(), e.GetProperty("pos").GetDouble(), e.GetProperty("neu").GetDouble(), e.GetProperty("neg").GetDouble()));
        var messages = Feeds.Lines(Feeds.Bundled("twitter/filtered_stream_composed.raw.txt")).SelectMany(line => decoder.Decode(line)).ToList();
        Assert.Equal(expected, messages.Select(m => string.Join('|',
            ((string[])["topic", "text_length", "sentiment_score", "positive", "neutral", "negative"]).Select(m.Get))));
        Assert.Equal(messages.Count, decoder.Posts);
        Assert.Equal(1, decoder.Errors);
        Assert.Equal(0, decoder.Malformed);
        Assert.Contains("upstream for operational reasons", decoder.LastError, StringComparison.Ordinal);
        Assert.Equal("New York", messages[0].Get("location"));
        Assert.Equal("unknown", messages[1].Get("location"));
        Assert.Equal("composed_user_1", messages[1].Get("author"));
        Assert.Equal(10L, messages[1].Get("followers"));
        Assert.Equal("en", messages[0].Get("lang"));
        Assert.True(Rfc3339.TryParse("2026-01-15T10:30:03Z", out var time));
        Assert.Equal(time, messages[0].TimestampNs);
    }

    [Fact]
    public void A_post_comes_once_and_memory_is_bounded()
    {
        Assert.Single(Decode(Post("first")));
        Assert.Empty(Decode(Post("first")));
        Assert.Equal(1, decoder.Duplicates);
        for (var i = 0; i < TwitterStreamDecoder.RememberedIds; i++)
            Assert.Single(Decode(Post($"{i}")));
        // Forgotten by now.
        Assert.Single(Decode(Post("first")));
        Assert.Empty(Decode(Post("5")));
        Assert.Equal(2, decoder.Duplicates);
    }

    [Fact]
    public void The_first_tag_is_the_topic_all_of_them_are_topics_and_none_stands_for_no_tag()
    {
        var two = Assert.Single(Decode(Post("two", """[{"id":"1","tag":""},{"id":"1","tag":"a"},{"id":2,"tag":"b"},{"id":3,"tag":"a"},{"id":4}]""")));
        Assert.Equal(("a", "a,b"), (two.Get("topic"), two.Get("topics")));
        var one = Assert.Single(Decode(Post("one", """[{"id":"1","tag":"a"}]""")));
        Assert.Equal(("a", null), (one.Get("topic"), one.Get("topics")));
        Assert.Equal("none", Topic("""[{"id":"1","tag":""}]"""));
        Assert.Equal("none", Topic("[]"));
        Assert.Equal("none", Topic("null"));
    }

    [Theory]
    [InlineData(""" "id":"2011734001000000000" """, 0, 1768469736705)] // An id says when it was made.
    [InlineData(""" "id":2011734001000000000,"created_at":null """, 5, 1768469736705)]
    [InlineData(""" "id":"2011734001000000000","created_at":"soon" """, 5, 1768469736705)]
    [InlineData(""" "id":"2011734001000000000","created_at":"2026-01-15T10:30:03.000Z" """, 5, 1768473003000)]
    [InlineData(""" "id":"29999999999" """, 1768473009000, 1768473009000)] // Counted, from before ids held a time.
    [InlineData(""" "id":"29999999999","created_at":"soon" """, 1768473009000, 1768473009000)]
    [InlineData(""" "id":"7" """, 0, 0)]
    public void A_post_without_a_time_gets_that_of_its_id_or_of_its_receipt(string members, long receivedMs, long expectedMs)
    {
        var line = Encoding.UTF8.GetBytes($$"""{"data":{"text":"a good day",{{members}} } }""");
        Assert.Equal(expectedMs, Assert.Single(decoder.Decode(line, receivedMs * 1_000_000)).TimestampNs / 1_000_000);
    }

    [Fact]
    public void What_is_missing_is_left_out_and_the_author_is_found_by_id()
    {
        var bare = Assert.Single(Decode(Post("1")));
        Assert.Equal(["topic", "lang", "exchange", "sentiment_score", "positive", "neutral", "negative", "text_length", "location"], bare.Keys());
        var full = Assert.Single(Decode("""
            {"data":{"id":"2","author_id":"8","created_at":"2026-01-15T10:30:03.5Z","text":"&amp;lt; &lt;3 🚀","geo":{"place_id":"p"}},"includes":{"users":[{"id":"9","username":"wrong"},{"id":"8","username":"right","public_metrics":{"followers_count":3.0e0}}],"places":[{"id":"p","full_name":"Manhattan, NY"}]},"errors":[{"title":"Not Found Error"}]}
            """));
        Assert.Equal("right", full.Get("author"));
        Assert.Equal(3L, full.Get("followers"));
        Assert.Equal("Manhattan, NY", full.Get("location"));
        Assert.Equal((long)"&lt; <3 *".Length, full.Get("text_length"));
        Assert.Equal(500_000_000, full.TimestampNs % 1_000_000_000);
        Assert.Equal(0, decoder.Errors);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\r")]
    [InlineData("  ")]
    public void Keep_alives_are_nothing(string line)
    {
        Assert.Empty(Decode(line));
        Assert.Equal(0, decoder.Malformed);
    }

    [Theory]
    [InlineData("{broken")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("null")]
    [InlineData("""{"errors":[]}""")]
    [InlineData("""{"data":{"id":"1","created_at":"2026-01-15T10:30:03Z","text":"a"}} {}""")]
    [InlineData("""{"data":{"created_at":"2026-01-15T10:30:03Z","text":"a"}}""")]
    [InlineData("""{"data":{"id":"1","created_at":"soon","text":"a"}}""")]
    [InlineData("""{"data":{"id":"1","created_at":"2026-01-15T10:30:03Z"}}""")]
    [InlineData("""{"data":{"id":"1","created_at":"2026-01-15T10:30:03Z","text":"\ud83d"}}""")]
    public void Malformed_lines_are_counted_and_do_no_harm(string line)
    {
        Assert.Empty(Decode(line));
        Assert.Equal(1, decoder.Malformed);
        Assert.NotNull(decoder.LastError);
        Assert.Single(Decode(Post("1")));
    }

    private static string Post(string id, string rules = "[]") =>
        $$"""{"data":{"id":"{{id}}","created_at":"2026-01-15T10:30:03.000Z","text":"a good day"},"matching_rules":{{rules}}}""";

    private object? Topic(string rules) => Assert.Single(Decode(Post($"{rules.Length}", rules))).Get("topic");

    private IReadOnlyList<MarketMessage> Decode(string line) => decoder.Decode(Encoding.UTF8.GetBytes(line));
}
