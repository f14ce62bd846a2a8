using System.Globalization;
using System.Text;
using Nbpy.Publishers.Live;
using Nbpy.Publishers.Tests.Replay;
using Nbpy.Publishers.Twitter.Live;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Tests.Live.Twitter;

/// <summary>The live feed against chunked HTTPS: rules, posts in pieces, duplicates, what is done on each refusal.</summary>
public sealed class TwitterLiveTests : IAsyncLifetime
{
    private readonly LogLines log = new();
    private TwitterVenue venue = null!;

    public async ValueTask InitializeAsync() => venue = await TwitterVenue.StartAsync();

    public ValueTask DisposeAsync() => venue.DisposeAsync();

    [Fact]
    public async Task Rules_are_brought_in_step_and_those_of_strangers_stay()
    {
        venue.Rules["1"] = ("old words", "nbpy:gone");
        venue.Rules["2"] = ("somebody else's", "theirs");
        await using var feed = Feed();
        await venue.NextAsync();
        Assert.Equal(["bitcoin lang:en|nbpy:btc", "somebody else's|theirs"], venue.Rules.Values.Select(r => $"{r.Value}|{r.Tag}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Posts_come_once_in_any_pieces_and_a_reconnect_asks_for_the_minutes_missed()
    {
        // Not given up for its silence in the middle of a post, on a busy machine either.
        await using var feed = Feed(("backfill_minutes", "2"), ("timing_scale", "0.5"));
        var peer = await venue.NextAsync();
        await feed.UntilPhaseAsync(FeedPhase.Subscribed);
        var post = Encoding.UTF8.GetBytes(Post("11", "I love this \U0001F600 &amp; more") + "\r\n");
        var cut = Array.IndexOf(post, (byte)0xF0) + 2; // In the middle of the face.
        await peer.SendAsync("\r\n"u8.ToArray(), post[..cut], post[cut..^1], post[^1..]);
        await peer.SendAsync(Post("11", "again"));
        await peer.SendAsync("{\"what\":");
        await feed.UntilAsync(() => feed.Count(FeedCounters.Undecodable) == 1, "one undecodable line");
        Assert.Equal("btc", feed.Messages.Single().Get("topic"));
        Assert.True(Convert.ToDouble(feed.Messages.Single().Get("sentiment_score"), CultureInfo.InvariantCulture) > 0.3);
        Assert.Equal(1, feed.Count(FeedCounters.Repeated));

        await peer.SendAsync("""{"errors":[{"title":"operational-disconnect","disconnect_type":"OperationalDisconnect","detail":"bye"}]}""");
        var second = await venue.NextAsync();
        peer.End();
        await second.SendAsync(Post("11", "back-filled"));
        await second.SendAsync(Post("12", "This is terrible"));
        await feed.UntilCountAsync(2);
        Assert.Equal(2, feed.Messages.Count);
        Assert.DoesNotContain("backfill_minutes", venue.Queries.First(), StringComparison.Ordinal);
        Assert.Contains("backfill_minutes=2", venue.Queries.Last(), StringComparison.Ordinal);
        second.End();
    }

    [Fact]
    public async Task Posts_of_other_programs_rules_are_not_published_and_each_of_ours_is_a_topic()
    {
        venue.Rules["7"] = ("bitcoin lang:en", "theirs"); // The very rule that we want: X keeps it once.
        venue.Rules["8"] = ("cats", "cats");
        await using var feed = Feed(("rules", """{"btc":"bitcoin lang:en","eth":"ethereum"}"""));
        var peer = await venue.NextAsync();
        Assert.Equal(["bitcoin lang:en|theirs", "cats|cats", "ethereum|nbpy:eth"], venue.Rules.Values.Select(r => $"{r.Value}|{r.Tag}").Order(StringComparer.Ordinal));
        await peer.SendAsync(Post("1", "meow", """{"id":"8","tag":"cats"}"""));
        await peer.SendAsync(Post("2", "both", """{"id":"7","tag":"theirs"},{"id":"101","tag":"nbpy:eth"},{"id":8,"tag":"cats"}"""));
        await peer.SendAsync(Post("3", "one", """{"id":"101","tag":"nbpy:eth"}"""));
        await feed.UntilCountAsync(2);
        Assert.Equal(["btc", "eth"], feed.Messages.Select(m => m.Get("topic")));
        Assert.Equal(["btc,eth", null], feed.Messages.Select(m => m.Get("topics")));
        Assert.Equal(1, feed.Count(FeedCounters.Unwanted));
        peer.End();
    }

    [Fact]
    public async Task Keep_alives_alone_make_the_feed_live()
    {
        await using var feed = Feed();
        var peer = await venue.NextAsync();
        await feed.UntilPhaseAsync(FeedPhase.Subscribed);
        await peer.SendAsync("");
        await feed.UntilPhaseAsync(FeedPhase.Live);
        Assert.Contains("no post yet", feed.Now.Reason, StringComparison.Ordinal);
        await peer.SendAsync(Post("3", "one"));
        await feed.UntilCountAsync(1);
        await feed.UntilAsync(() => feed.Now.Reason == "data flow", "the reason");
        peer.End();
    }

    [Theory]
    [InlineData("99999999999999999")]
    [InlineData("4102444800")]
    public async Task A_limits_reset_in_the_far_future_is_waited_for_a_quarter_of_an_hour_at_most(string reset)
    {
        venue.Refuse.Enqueue((429, """{"title":"Too Many Requests","detail":"Too Many Requests"}""", [("x-rate-limit-reset", reset)]));
        await using var feed = Feed();
        await feed.UntilAsync(() => log.All.Contains("next attempt in 900.0 s", StringComparison.Ordinal), "the wait");
    }

    [Fact]
    public async Task A_silent_stream_is_stale()
    {
        await using var feed = Feed(("timing_scale", "0.01"));
        await venue.NextAsync();
        await feed.UntilAsync(() => feed.Phases.Any(p => p.Phase == FeedPhase.Stale && p.Reason.Contains("keep-alive", StringComparison.Ordinal)), "stale");
        await venue.NextAsync();
    }

    [Fact]
    public async Task Too_many_connections_wait_a_minute_and_provisioning_too()
    {
        venue.Refuse.Enqueue((429, """{"title":"ConnectionException","detail":"maximum allowed connection limit"}""", []));
        venue.Refuse.Enqueue((503, """{"title":"ConnectionException","detail":"Your subscription change is currently being provisioned"}""", []));
        await using var feed = Feed(("timing_scale", "0.005"));
        await venue.NextAsync();
        Assert.Equal(3, venue.Queries.Count);
        Assert.Contains("next attempt in 0.3 s", log.All, StringComparison.Ordinal); // A minute, scaled.
    }

    [Fact]
    public async Task A_wrong_token_is_refused_and_shown_nowhere()
    {
        await using var feed = Feed("a-wrong-planted-token");
        await feed.UntilPhaseAsync(FeedPhase.Refused);
        Assert.Contains("TWITTER_BEARER_TOKEN", feed.Now.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain("planted", feed.Texts + log.All, StringComparison.Ordinal);
    }

    private static string Post(string id, string text, string rules = """{"id":"101","tag":"nbpy:btc"}""") =>
        $$"""{"data":{"author_id":"9","created_at":"2026-01-15T10:30:03.000Z","id":"{{id}}","lang":"en","text":"{{text}}"},"includes":{"users":[{"id":"9","username":"somebody","location":"London"}]},"matching_rules":[{{rules}}]}""";

    private FeedRun Feed(params (string Name, string Value)[] options) => Feed(TwitterVenue.Token, options);

    private FeedRun Feed(string token, params (string Name, string Value)[] options)
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["url"] = venue.Url, ["ca_file"] = venue.Certificate.CaFile, ["timing_scale"] = "0.05", ["rules"] = """{"btc":"bitcoin lang:en"}""",
        };
        foreach (var (name, value) in options)
            all[name] = value;
        var config = new PublisherConfig { Name = "x", Class = KnownClasses.TwitterSentiment, Port = 5565, Topic = "twitter_sentiment", Options = all };
        return new FeedRun(new TwitterLiveSource(new TwitterLiveOptions(config, v => v == "TWITTER_BEARER_TOKEN" ? token : null), TimeProvider.System, log));
    }
}
