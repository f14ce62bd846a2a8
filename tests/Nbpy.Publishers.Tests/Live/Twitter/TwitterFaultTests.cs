using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Nbpy.Publishers.Live;
using Nbpy.Publishers.Tests.Replay;
using Nbpy.Publishers.Twitter.Live;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Tests.Live.Twitter;

/// <summary>Connections that are refused, break and come back, and posts in every shape that chunks and packets may give them.</summary>
public sealed class TwitterFaultTests : IAsyncLifetime
{
    private readonly LogLines log = new();
    private TwitterVenue venue = null!;

    public async ValueTask InitializeAsync() => venue = await TwitterVenue.StartAsync();

    public ValueTask DisposeAsync() => venue.DisposeAsync();

    [Fact]
    public async Task Nobody_listening_is_retried_with_waits_that_grow_in_steps()
    {
        using var closed = new TcpListener(IPAddress.Loopback, 0);
        closed.Start();
        var port = ((IPEndPoint)closed.LocalEndpoint).Port;
        closed.Stop();
        await using var feed = Feed(("url", $"https://127.0.0.1:{port}"), ("timing_scale", "0.1"));
        await feed.UntilAsync(() => Waits().Count >= 4, "four attempts");
        for (var i = 0; i < 4; i++)
            Assert.InRange(Waits()[i], (i + 1) * 0.025 - 0.051, (i + 1) * 0.03 + 0.051); // Logged to a tenth of a second.
        Assert.Equal(FeedPhase.Connecting, feed.Now.Phase);
    }

    [Fact]
    public async Task Connections_closed_at_once_are_retried()
    {
        await using var proxy = new TcpProxy(venue.Port);
        proxy.CloseNext(3);
        await using var feed = Feed(("url", TwitterVenue.UrlAt(proxy.Port)));
        var peer = await venue.NextAsync();
        await peer.SendAsync(Post(1));
        await feed.UntilCountAsync(1);
        Assert.Equal((3, 0), (feed.Count(FeedCounters.ConnectFailures), feed.Count(FeedCounters.Reconnects)));
        peer.End();
    }

    [Fact]
    public async Task Only_certificates_that_are_trusted_get_the_token()
    {
        using var stranger = new TestCertificate();
        await using var feed = Feed(("ca_file", stranger.CaFile));
        await feed.UntilAsync(() => feed.Count(FeedCounters.ConnectFailures) >= 2, "refused twice");
        Assert.Contains("The remote certificate", feed.Texts + log.All, StringComparison.Ordinal);
        Assert.Empty(venue.Queries);
    }

    [Theory]
    [InlineData(400, FeedPhase.Refused, 300)]
    [InlineData(403, FeedPhase.Refused, 300)]
    [InlineData(404, FeedPhase.Refused, 300)]
    [InlineData(409, FeedPhase.Connecting, 5)]
    [InlineData(500, FeedPhase.Connecting, 5)]
    [InlineData(502, FeedPhase.Connecting, 5)]
    public async Task A_refusal_is_shown_in_Xs_words_and_tried_again_when_that_makes_sense(int status, FeedPhase phase, int seconds)
    {
        venue.Refuse.Enqueue((status, $$"""{"title":"Some title","detail":"Some words of {{TwitterVenue.Token}}."}""", [("Content-Type", "application/json; charset=no-such")]));
        await using var feed = Feed();
        await feed.UntilAsync(() => log.All.Contains($"X answered {status}: Some words of ***.", StringComparison.Ordinal), "the status is shown");
        if (phase == FeedPhase.Refused)
            Assert.Contains(feed.Phases, p => p.Phase == FeedPhase.Refused);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"next attempt in {seconds * 0.05:0.0} s"), log.All, StringComparison.Ordinal);
        Assert.DoesNotContain(TwitterVenue.Token, feed.Texts + log.All, StringComparison.Ordinal);
        if (phase == FeedPhase.Refused)
            return;
        var peer = await venue.NextAsync();
        peer.End();
    }

    [Fact]
    public async Task Provisioning_twice_and_then_a_limit_two_seconds_ahead_end_in_a_stream()
    {
        const string Provisioning = """{"title":"ConnectionException","detail":"Your subscription change is currently being provisioned, please try again in a minute.","connection_issue":"ProvisioningSubscription"}""";
        venue.Refuse.Enqueue((503, Provisioning, []));
        venue.Refuse.Enqueue((503, Provisioning, []));
        venue.Refuse.Enqueue((429, """{"title":"Too Many Requests"}""", [("x-rate-limit-reset", (DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 2).ToString(CultureInfo.InvariantCulture))]));
        await using var feed = Feed(("timing_scale", "0.01"));
        var start = DateTimeOffset.UtcNow;
        await venue.NextAsync();
        Assert.Empty(venue.Refuse);
        Assert.InRange((DateTimeOffset.UtcNow - start).TotalSeconds, 0.9, 20); // The header names a whole second.
    }

    [Fact]
    public async Task Without_a_rule_there_is_no_stream_so_the_rules_come_first()
    {
        venue.ConflictWithoutRules = true;
        await using var feed = Feed();
        await venue.NextAsync();
        Assert.Single(venue.Queries);
        Assert.Single(venue.Rules);
    }

    [Fact]
    public async Task A_rules_answer_that_stops_after_its_head_is_given_up_and_asked_for_again()
    {
        venue.StallRules = 1;
        await using var feed = Feed(("timing_scale", "0.01"));
        await venue.NextAsync();
        Assert.Contains("did not answer in time", log.All, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""[{"id":"101"}]""")]
    [InlineData("""[{"id":101,"tag":""}]""")]
    [InlineData("""[{"id":"101","tag":null}]""")]
    [InlineData("""[{"id":"7","tag":"theirs"},{"id":"101","tag":""}]""")]
    public async Task A_post_whose_rule_has_no_tag_is_known_by_the_rules_id(string matching)
    {
        await using var feed = Feed();
        var peer = await venue.NextAsync();
        await peer.SendAsync(Post(1, matching));
        await feed.UntilCountAsync(1);
        Assert.Equal(("btc", 0L), (feed.Messages[0].Get("topic"), feed.Count(FeedCounters.Unwanted)));
        peer.End();
        // The id comes from the list now, where the rule is.
        peer = await venue.NextAsync();
        await peer.SendAsync(Post(2, matching));
        await feed.UntilCountAsync(2);
        peer.End();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public async Task Pieces_of_any_size_and_posts_in_one_write_come_out_whole(int piece)
    {
        await using var proxy = new TcpProxy(venue.Port) { Piece = piece };
        await using var feed = Feed(("url", TwitterVenue.UrlAt(proxy.Port)));
        var peer = await venue.NextAsync();
        await peer.SendAsync(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(1, 5).Select(i => Post(i) + "\r\n"))));
        foreach (var part in Encoding.UTF8.GetBytes(Post(6) + "\r\n\r\n").Chunk(50))
            await peer.SendAsync((ReadOnlyMemory<byte>)part);
        await feed.UntilCountAsync(6);
        Assert.Equal([1, 2, 3, 4, 5, 6], feed.Messages.Select(Id));
        Assert.Equal(0, feed.Count(FeedCounters.Undecodable));
        peer.End();
    }

    [Fact]
    public async Task A_stream_cut_in_the_middle_of_a_post_is_opened_again_at_once_and_publishes_nothing_of_it()
    {
        await using var proxy = new TcpProxy(venue.Port);
        await using var feed = Feed(("url", TwitterVenue.UrlAt(proxy.Port)));
        var peer = await venue.NextAsync();
        await peer.SendAsync(Post(1));
        await feed.UntilCountAsync(1);
        proxy.CutAfter = 80;
        await peer.SendAsync(Post(2));
        var second = await venue.NextAsync();
        await second.SendAsync(Post(3));
        await feed.UntilCountAsync(2);
        Assert.Equal([1, 3], feed.Messages.Select(Id));
        Assert.Equal((1, 0), (feed.Count(FeedCounters.Reconnects), feed.Count(FeedCounters.Undecodable)));
        Assert.Contains("next attempt in 0.0 s", log.All, StringComparison.Ordinal);
        peer.End();
        second.End();
    }

    [Fact]
    public async Task Unknown_extra_reordered_malformed_and_doubled_messages_hurt_no_post()
    {
        await using var feed = Feed();
        var peer = await venue.NextAsync();
        await peer.SendAsync("""{"weather":{"sun":true}}""");
        await peer.SendAsync("[]");
        await peer.SendAsync(Post(2)[..40]);
        // The newer one first, once more, and one whose members come the other way round with others between them.
        await peer.SendAsync(Post(5));
        await peer.SendAsync(Post(4));
        await peer.SendAsync(Post(5));
        await peer.SendAsync("""{"matching_rules":[{"tag":"nbpy:btc","more":[],"id":101}],"new":null,"includes":{"users":[{"public_metrics":{"followers_count":6},"username":"a","id":"9"}],"media":[{}]},"data":{"text":"fine","more":{"id":"7"},"id":"6","author_id":"9"}}""");
        // Without includes, and with an author who is not in them.
        await peer.SendAsync("""{"data":{"id":"7","text":"fine"},"matching_rules":[{"id":"101"}]}""");
        await peer.SendAsync("""{"data":{"id":"8","text":"fine","author_id":"1"},"includes":{"users":[]},"matching_rules":[{"id":"101"}]}""");
        await feed.UntilCountAsync(5);
        Assert.Equal(["5", "4", "6", "-", "-"], feed.Messages.Select(m => $"{m.Get("followers") ?? "-"}"));
        Assert.Equal("1", feed.Messages[4].Get("author"));
        Assert.Equal((1, 3, 0), (feed.Count(FeedCounters.Repeated), feed.Count(FeedCounters.Undecodable), feed.Count(FeedCounters.Reconnects)));
        peer.End();
    }

    [Fact]
    public async Task A_slow_start_is_waited_for_while_keep_alives_come()
    {
        var time = new ManualClock();
        await using var feed = Feed(time, ("timing_scale", "1"));
        var peer = await venue.NextAsync();
        await feed.UntilPhaseAsync(FeedPhase.Subscribed);
        for (var i = 1; i <= 4; i++)
        {
            time.Advance(TimeSpan.FromSeconds(18));
            await peer.SendAsync("");
            // What cannot be decoded shows that the keep-alive before it has been read.
            await peer.SendAsync("{");
            await feed.UntilAsync(() => feed.Count(FeedCounters.Undecodable) == i, "the keep-alive is read");
        }

        Assert.Equal(new FeedStatus.Snapshot(FeedPhase.Live, "the stream is open; no post yet"), feed.Now);
        await peer.SendAsync(Post(1));
        await feed.UntilCountAsync(1);
        Assert.Equal(0, feed.Count(FeedCounters.Reconnects));
        peer.End();
    }

    [Fact]
    public async Task A_burst_loses_no_post()
    {
        const int Burst = 3000;
        await using var feed = Feed(("queue_capacity", "16"));
        var peer = await venue.NextAsync();
        await peer.SendAsync(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(1, Burst).Select(i => Post(i) + "\r\n"))));
        await feed.UntilCountAsync(Burst);
        Assert.Equal(Enumerable.Range(1, Burst), feed.Messages.Select(Id));
        peer.End();
    }

    [Fact]
    public async Task Xs_clock_is_measured()
    {
        await using var feed = Feed();
        var peer = await venue.NextAsync();
        Assert.InRange(feed.Source.Status.Counters[FeedCounters.ClockSkewMs], -5000, 5000);
        peer.End();
    }

    private static int Id(Nbpy.Messaging.MarketMessage message) => (int)(long)message.Get("followers")!;

    private static string Post(int id, string rules = """[{"id":"101","tag":"nbpy:btc"}]""") =>
        $$"""{"data":{"author_id":"9","created_at":"2026-01-15T10:30:03.000Z","id":"{{id}}","lang":"en","text":"naïve \ud83d\ude00 😀"},"includes":{"users":[{"id":"9","username":"somebody","public_metrics":{"followers_count":{{id}} } }]},"matching_rules":{{rules}}}""";

    private List<double> Waits() =>
        [.. log.All.Split("next attempt in ").Skip(1).Select(t => double.Parse(t.Split(' ')[0], CultureInfo.InvariantCulture))];

    private FeedRun Feed(params (string Name, string Value)[] options) => Feed(TimeProvider.System, options);

    private FeedRun Feed(TimeProvider time, params (string Name, string Value)[] options)
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["url"] = venue.Url, ["ca_file"] = venue.Certificate.CaFile, ["timing_scale"] = "0.05", ["rules"] = """{"btc":"bitcoin lang:en"}""",
        };
        foreach (var (name, value) in options)
            all[name] = value;
        var config = new PublisherConfig { Name = "x", Class = KnownClasses.TwitterSentiment, Port = 5565, Topic = "twitter_sentiment", Options = all };
        return new FeedRun(new TwitterLiveSource(new TwitterLiveOptions(config, v => v == "TWITTER_BEARER_TOKEN" ? TwitterVenue.Token : null), time, log));
    }
}
