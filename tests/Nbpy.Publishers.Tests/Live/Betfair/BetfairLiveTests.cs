using System.Globalization;
using Nbpy.Messaging;
using Nbpy.Publishers.Betfair.Live;
using Nbpy.Publishers.Live;
using Nbpy.Publishers.Tests.Replay;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Tests.Live.Betfair;

/// <summary>The live feed against real TLS sockets: what is published, what is asked for after a break, what is said of a refusal.</summary>
public sealed class BetfairLiveTests : IAsyncDisposable
{
    private const string Session = "planted-session-token";
    private readonly BetfairVenue venue = new();
    private readonly LogLines log = new();

    public ValueTask DisposeAsync() => venue.DisposeAsync();

    [Fact]
    public async Task An_image_and_deltas_are_published_and_a_break_resumes_with_the_clocks()
    {
        await using var feed = Feed();
        var (peer, subscription) = await venue.SubscribedAsync();
        Assert.Equal("1.25", subscription["marketFilter"]!["marketIds"]![0]!.GetValue<string>());
        Assert.Null(subscription["clk"]);
        await peer.SendAsync(Image(subscription["id"]!.GetValue<long>(), 2.5m));

        // A message in pieces, two in one write, one of another subscription.
        var delta = Delta(subscription["id"]!.GetValue<long>(), "clk2", 2.52m);
        await peer.SendRawAsync(delta[..20]);
        await peer.SendRawAsync(delta[20..] + "\r\n" + Delta(1, "stale", 9m) + "\r\n");
        await feed.UntilCountAsync(2);
        Assert.Equal(["2.5", "2.52"], feed.Messages.Select(Back));
        Assert.Equal(FeedPhase.Live, feed.Now.Phase);

        peer.Dispose();
        var (second, resumed) = await venue.SubscribedAsync();
        Assert.Equal("init", resumed["initialClk"]!.GetValue<string>());
        Assert.Equal("clk2", resumed["clk"]!.GetValue<string>());
        await second.SendAsync(Delta(resumed["id"]!.GetValue<long>(), "clk3", 2.54m, "RESUB_DELTA"));
        await feed.UntilCountAsync(3);
        Assert.Equal(["2.5", "2.52", "2.54"], feed.Messages.Select(Back));
        Assert.Equal(1, feed.Count(FeedCounters.Reconnects));
        second.Dispose();
    }

    [Fact]
    public async Task A_new_image_after_a_refused_clock_repeats_nothing()
    {
        await using var feed = Feed();
        var (peer, subscription) = await venue.SubscribedAsync();
        await peer.SendAsync(Image(subscription["id"]!.GetValue<long>(), 2.5m));
        await feed.UntilCountAsync(1);
        peer.Dispose();

        var (second, resumed) = await venue.SubscribedAsync();
        Assert.NotNull(resumed["clk"]);
        await second.SendAsync("""{"op":"status","statusCode":"FAILURE","errorCode":"INVALID_CLOCK","errorMessage":"old","connectionClosed":true}""");
        second.Dispose();
        var (third, afresh) = await venue.SubscribedAsync();
        Assert.Null(afresh["clk"]);
        await third.SendAsync(Image(afresh["id"]!.GetValue<long>(), 2.5m));
        await third.SendAsync(Delta(afresh["id"]!.GetValue<long>(), "c", 2.6m));
        await feed.UntilCountAsync(2);
        Assert.Equal(["2.5", "2.6"], feed.Messages.Select(Back));
        Assert.Equal(1, feed.Count(FeedCounters.Repeated));
        third.Dispose();
    }

    [Fact]
    public async Task Unreliable_data_are_held_until_they_are_reliable_again()
    {
        await using var feed = Feed();
        var (peer, subscription) = await venue.SubscribedAsync();
        var id = subscription["id"]!.GetValue<long>();
        await peer.SendAsync(Image(id, 2.5m));
        await feed.UntilCountAsync(1);
        await peer.SendAsync(Delta(id, "a", 3m).Replace("\"op\":\"mcm\"", "\"op\":\"mcm\",\"status\":503", StringComparison.Ordinal));
        await peer.SendAsync(Delta(id, "b", 3.1m).Replace("\"op\":\"mcm\"", "\"op\":\"mcm\",\"status\":503", StringComparison.Ordinal));
        await feed.UntilPhaseAsync(FeedPhase.Stale);
        await peer.SendAsync($$"""{"op":"mcm","id":{{id}},"clk":"h","pt":1768473002000,"ct":"HEARTBEAT"}""");
        await feed.UntilCountAsync(2);
        await feed.UntilPhaseAsync(FeedPhase.Live);
        Assert.Equal(["2.5", "3.1"], feed.Messages.Select(Back));
        peer.Dispose();
    }

    [Fact]
    public async Task Silence_beyond_two_heartbeats_is_stale_and_connects_again()
    {
        await using var feed = Feed(("timing_scale", "0.1"), ("heartbeat_ms", "500"));
        var (peer, subscription) = await venue.SubscribedAsync();
        await peer.SendAsync(Image(subscription["id"]!.GetValue<long>(), 2.5m).Replace("\"heartbeatMs\":5000,", "", StringComparison.Ordinal));
        await feed.UntilCountAsync(1);
        await feed.UntilAsync(() => feed.Phases.Any(p => p.Phase == FeedPhase.Stale), "stale");
        using var second = await venue.NextAsync();
        Assert.Single(feed.Messages);
        peer.Dispose();
    }

    [Theory]
    [InlineData("NOT_AUTHORIZED", FeedPhase.Refused)]
    [InlineData("INVALID_SESSION_INFORMATION", FeedPhase.Refused)]
    [InlineData("MAX_CONNECTION_LIMIT_EXCEEDED", FeedPhase.Connecting)]
    public async Task A_refusal_is_shown_with_its_reason_and_without_the_session(string code, FeedPhase phase)
    {
        await using var feed = Feed(("timing_scale", "1"));
        using var peer = await venue.NextAsync();
        await peer.SendAsync("""{"op":"connection","connectionId":"206-1"}""");
        await peer.ReadAsync();
        await peer.SendAsync($$"""{"op":"status","id":1,"statusCode":"FAILURE","errorCode":"{{code}} ","errorMessage":"no {{Session}}","connectionClosed":true}""");
        await feed.UntilAsync(() => feed.Now.Phase == phase && feed.Now.Reason.Contains(code, StringComparison.Ordinal), "refused");
        Assert.DoesNotContain(Session, feed.Texts + log.All, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_break_inside_a_segmented_image_asks_for_a_whole_one_and_publishes_no_half()
    {
        await using var feed = Feed();
        var (peer, subscription) = await venue.SubscribedAsync();
        var id = subscription["id"]!.GetValue<long>();
        await peer.SendAsync(Image(id, 2.5m));
        await feed.UntilCountAsync(1);
        await peer.SendAsync(Segment(id, "SEG_START", "1.25", 2.6m, "init2", "clk9"));
        peer.Dispose();

        var (second, afresh) = await venue.SubscribedAsync();
        Assert.Null(afresh["clk"]);
        Assert.Null(afresh["initialClk"]);
        id = afresh["id"]!.GetValue<long>();
        await second.SendAsync(Segment(id, "SEG_START", "1.25", 2.7m, "init3", null));
        await second.SendAsync(Segment(id, "SEG", "1.26", 3.5m, null, null));
        await second.SendAsync(Segment(id, "SEG_END", "1.27", 4.5m, null, "clk10"));
        await feed.UntilCountAsync(4);
        Assert.Equal(["2.5", "2.7", "3.5", "4.5"], feed.Messages.Select(Back));
        Assert.Equal(1, feed.Count(FeedCounters.Resyncs));
        second.Dispose();

        var (third, resumed) = await venue.SubscribedAsync();
        Assert.Equal(("init3", "clk10"), (resumed["initialClk"]!.GetValue<string>(), resumed["clk"]!.GetValue<string>()));
        third.Dispose();
    }

    [Fact]
    public async Task A_break_inside_a_segmented_delta_resumes_from_the_clocks_before_it()
    {
        await using var feed = Feed();
        var (peer, subscription) = await venue.SubscribedAsync();
        var id = subscription["id"]!.GetValue<long>();
        await peer.SendAsync(Image(id, 2.5m));
        await peer.SendAsync(Delta(id, "inside", 2.6m).Replace("\"op\":\"mcm\"", "\"op\":\"mcm\",\"segmentType\":\"SEG_START\",\"initialClk\":\"no\"", StringComparison.Ordinal));
        await feed.UntilCountAsync(1);
        peer.Dispose();
        var (second, resumed) = await venue.SubscribedAsync();
        Assert.Equal(("init", "clk1"), (resumed["initialClk"]!.GetValue<string>(), resumed["clk"]!.GetValue<string>()));
        await second.SendAsync(Delta(resumed["id"]!.GetValue<long>(), "clk2", 2.6m, "RESUB_DELTA"));
        await feed.UntilCountAsync(2);
        Assert.Equal(["2.5", "2.6"], feed.Messages.Select(Back));
        second.Dispose();
    }

    [Fact]
    public async Task A_heartbeat_marked_unreliable_is_shown_and_the_connection_kept()
    {
        await using var feed = Feed();
        var (peer, subscription) = await venue.SubscribedAsync();
        var id = subscription["id"]!.GetValue<long>();
        await peer.SendAsync(Image(id, 2.5m));
        await feed.UntilCountAsync(1);
        await peer.SendAsync($$"""{"op":"mcm","id":{{id}},"clk":"h","status":503,"pt":1768473002000,"ct":"HEARTBEAT"}""");
        await feed.UntilPhaseAsync(FeedPhase.Stale);
        await peer.SendAsync(Delta(id, "b", 2.6m));
        await feed.UntilCountAsync(2);
        await feed.UntilPhaseAsync(FeedPhase.Live);
        Assert.Equal(0, feed.Count(FeedCounters.Reconnects));
        peer.Dispose();
    }

    [Fact]
    public async Task An_image_in_mid_stream_takes_the_place_of_what_was_held()
    {
        await using var feed = Feed();
        var (peer, subscription) = await venue.SubscribedAsync();
        var id = subscription["id"]!.GetValue<long>();
        await peer.SendAsync(Image(id, 2.5m));
        await feed.UntilCountAsync(1);
        await peer.SendAsync(Segment(id, null, "1.99", 9m, null, "x").Replace("\"op\":\"mcm\"", "\"op\":\"mcm\",\"status\":503", StringComparison.Ordinal));
        await peer.SendAsync(Image(id, 2.8m));
        await feed.UntilCountAsync(2);
        await peer.SendAsync(Delta(id, "b", 2.9m));
        await feed.UntilCountAsync(3);
        Assert.Equal(["2.5", "2.8", "2.9"], feed.Messages.Select(Back)); // The market 1.99 is gone, and was never reliable.
        peer.Dispose();
    }

    [Fact]
    public async Task Too_many_markets_are_refused_with_the_mend_and_asked_for_again_on_the_connection_that_stays()
    {
        await using var feed = Feed();
        var (peer, subscription) = await venue.SubscribedAsync(refusal: Refusal("SUBSCRIPTION_LIMIT_EXCEEDED", "trying to subscribe to 260 markets"));
        await feed.UntilAsync(() => feed.Phases.Any(p => p.Phase == FeedPhase.Refused && p.Reason.Contains("options.markets", StringComparison.Ordinal)), "refused");
        var again = await peer.ReadAsync();
        Assert.Equal(subscription["id"]!.GetValue<long>() + 1, again["id"]!.GetValue<long>());
        Assert.Equal(subscription["marketFilter"]!.ToJsonString(), again["marketFilter"]!.ToJsonString());
        Assert.Equal(1, feed.Count(FeedCounters.RefusedSubscriptions));
        await peer.SendAsync($$"""{"op":"status","id":{{again["id"]}},"statusCode":"SUCCESS","connectionClosed":false}""");
        await peer.SendAsync(Image(again["id"]!.GetValue<long>(), 2.5m));
        await feed.UntilCountAsync(1);
        await feed.UntilPhaseAsync(FeedPhase.Live);
        Assert.Equal((0, 0), (feed.Count(FeedCounters.Reconnects), feed.Count(FeedCounters.RefusedSubscriptions)));
        peer.Dispose();
    }

    [Fact]
    public async Task A_refused_clock_without_a_close_subscribes_afresh_on_the_same_connection()
    {
        await using var feed = Feed();
        var (peer, subscription) = await venue.SubscribedAsync();
        await peer.SendAsync(Image(subscription["id"]!.GetValue<long>(), 2.5m));
        await feed.UntilCountAsync(1);
        peer.Dispose();
        var (second, resumed) = await venue.SubscribedAsync(refusal: Refusal("INVALID_CLOCK", "old"));
        Assert.NotNull(resumed["clk"]);
        var afresh = await second.ReadAsync();
        Assert.Null(afresh["clk"]);
        await second.SendAsync(Image(afresh["id"]!.GetValue<long>(), 2.6m));
        await feed.UntilCountAsync(2);
        Assert.Equal(1, feed.Count(FeedCounters.Reconnects));
        second.Dispose();
    }

    [Fact]
    public async Task A_failure_that_keeps_the_connection_does_not_end_what_flows()
    {
        await using var feed = Feed();
        var (peer, subscription) = await venue.SubscribedAsync();
        var id = subscription["id"]!.GetValue<long>();
        await peer.SendAsync(Image(id, 2.5m));
        await feed.UntilCountAsync(1);
        await peer.SendAsync("""{"op":"status","statusCode":"FAILURE","errorCode":"UNEXPECTED_ERROR","errorMessage":"a hiccup","connectionClosed":false}""");
        await peer.SendAsync(Delta(id, "c", 2.6m));
        await feed.UntilCountAsync(2);
        Assert.Equal((FeedPhase.Live, 0), (feed.Now.Phase, feed.Count(FeedCounters.Reconnects)));
        Assert.Contains("a hiccup", log.All, StringComparison.Ordinal);
        peer.Dispose();
    }

    [Fact]
    public async Task What_a_new_image_lacks_is_not_offered_any_more()
    {
        await using var feed = Feed();
        var (peer, subscription) = await venue.SubscribedAsync();
        var id = subscription["id"]!.GetValue<long>();
        await peer.SendAsync(Image(id, 2.5m));
        await feed.UntilCountAsync(1);
        // In mid-stream: no lay any more, then another selection in its place, then another market in its place.
        await peer.SendAsync(Image(id, 2.5m).Replace("\"batl\":[[0,2.7,8]],", "", StringComparison.Ordinal));
        await peer.SendAsync(Image(id, 2.5m).Replace("\"id\":10,", "\"id\":11,", StringComparison.Ordinal));
        await peer.SendAsync(Image(id, 2.5m).Replace("\"1.25\"", "\"1.26\"", StringComparison.Ordinal));
        await feed.UntilCountAsync(6);
        Assert.Equal(
            ["1.25 10 2.5 5 2.7 8", "1.25 10 2.5 5 - 0", "1.25 11 2.5 5 2.7 8", "1.25 10 - 0 - 0", "1.26 10 2.5 5 2.7 8", "1.25 11 - 0 - 0"],
            feed.Messages.Select(Offer));
        peer.Dispose();
    }

    [Fact]
    public async Task A_line_without_a_publish_time_says_nothing_of_Betfairs_clock()
    {
        await using var feed = Feed();
        var (peer, subscription) = await venue.SubscribedAsync();
        var id = subscription["id"]!.GetValue<long>();
        var before = DateTimeOffset.UtcNow;
        await peer.SendAsync(Image(id, 2.5m).Replace("\"pt\":1768473000000,", "", StringComparison.Ordinal));
        await feed.UntilCountAsync(1);
        Assert.True(feed.Messages[0].TimestampNs >= (before - DateTimeOffset.UnixEpoch).Ticks * 100, "stamped with its receipt");
        Assert.False(feed.Source.Status.Counters.ContainsKey(FeedCounters.ClockSkewMs));
        peer.Dispose();
    }

    [Fact]
    public async Task A_resumption_without_news_is_live()
    {
        // The venue of the test answers two connections: on a busy machine neither may be given up for its silence.
        await using var feed = Feed(("timing_scale", "0.5"));
        var (peer, subscription) = await venue.SubscribedAsync();
        await peer.SendAsync(Image(subscription["id"]!.GetValue<long>(), 2.5m));
        await feed.UntilCountAsync(1);
        peer.Dispose();
        var (second, resumed) = await venue.SubscribedAsync();
        await second.SendAsync($$"""{"op":"mcm","id":{{resumed["id"]}},"clk":"c","pt":1768473002000,"ct":"RESUB_DELTA","mc":[]}""");
        await feed.UntilPhaseAsync(FeedPhase.Live);
        second.Dispose();
    }

    [Fact]
    public async Task The_composed_session_is_followed_on_the_wire_to_the_letter()
    {
        await using var feed = Feed(["1.250000001", "1.250000002"]);
        BetfairVenue.Peer? peer = null;
        var subscriptions = 0;
        foreach (var (direction, frame, _) in Feeds.Steps(Feeds.Fixture("Betfair", "session_composed.jsonl")).TakeWhile(s => s.Direction != "note"))
        {
            if (direction == "disconnect")
            {
                peer!.Dispose();
                peer = null;
                continue;
            }

            peer ??= await venue.NextAsync();
            var step = System.Text.Json.Nodes.JsonNode.Parse(frame)!;
            var operation = step["op"]!.GetValue<string>();
            if (direction == "c2s" && operation != "heartbeat")
            {
                if (operation == "authentication")
                    (step["appKey"], step["session"]) = ("the-key", Session);
                else
                    subscriptions++;
                var said = await peer.ReadAsync();
                Assert.True(System.Text.Json.Nodes.JsonNode.DeepEquals(step, said), $"{said.ToJsonString()} for {step.ToJsonString()}");
            }
            else if (direction == "s2c")
            {
                await peer.SendAsync(step.ToJsonString());
            }
        }

        // Six runners of the image, then each step's runner; the 503 in between publishes nothing.
        await feed.UntilAsync(() => feed.Messages.Count > 0 && feed.Now.Phase == FeedPhase.Live && feed.Messages.Any(m => Back(m) == "2.04"), "the resumption's delta");
        Assert.Equal(2, subscriptions);
        Assert.Contains(feed.Phases, p => p.Phase == FeedPhase.Stale && p.Reason.Contains("503", StringComparison.Ordinal));
        Assert.Equal(1, feed.Count(FeedCounters.Reconnects));
        Assert.Equal(0, feed.Count(FeedCounters.Undecodable));
        var first = feed.Messages.Where(m => Equals(m.Get("market_id"), "1.250000001") && Equals(m.Get("selection_id"), "47972")).Select(Back).ToList();
        Assert.Equal("2", first[0]);
        Assert.Equal("2.02", first[1]);
        Assert.Equal("2.04", first[^1]);
        peer!.Dispose();
    }

    [Fact]
    public async Task Fields_and_ladder_levels_are_asked_for_as_configured()
    {
        await using var feed = Feed(("fields", """["EX_LTP"]"""), ("ladder_levels", "1"));
        var (peer, subscription) = await venue.SubscribedAsync();
        Assert.Equal("""{"ladderLevels":1,"fields":["EX_LTP"]}""", subscription["marketDataFilter"]!.ToJsonString());
        // Offers are not asked for: a side without any is unknown, not empty.
        await peer.SendAsync(Image(subscription["id"]!.GetValue<long>(), 2.5m).Replace("\"batb\":[[0,2.5,5]],\"batl\":[[0,2.7,8]],", "", StringComparison.Ordinal));
        await feed.UntilCountAsync(1);
        Assert.Equal("1.25 10 - - - -", Offer(feed.Messages[0]));
        peer.Dispose();
    }

    [Fact]
    public async Task A_line_that_is_not_JSON_asks_for_a_new_image()
    {
        await using var feed = Feed();
        var (peer, subscription) = await venue.SubscribedAsync();
        await peer.SendAsync(Image(subscription["id"]!.GetValue<long>(), 2.5m));
        await peer.SendAsync("""{"op":"mcm","mc":[{"id":""");
        var (second, afresh) = await venue.SubscribedAsync();
        Assert.Null(afresh["clk"]);
        Assert.Equal(1, feed.Count(FeedCounters.Resyncs));
        peer.Dispose();
        second.Dispose();
    }

    private static string Refusal(string code, string text) =>
        $$"""{"op":"status","id":ID,"statusCode":"FAILURE","errorCode":"{{code}}","errorMessage":"{{text}}","connectionClosed":false}""";

    private static string Offer(MarketMessage message) => string.Join(' ', new[] { "market_id", "selection_id", "back_price", "back_size", "lay_price", "lay_size" }.Select(
        k => Convert.ToString(message.Get(k), CultureInfo.InvariantCulture) is { Length: > 0 } text ? text : "-"));

    private static string Back(MarketMessage message) => Convert.ToString(message.Get("back_price"), CultureInfo.InvariantCulture)!;

    private static string Image(long id, decimal back) => string.Create(
        CultureInfo.InvariantCulture,
        $$"""{"op":"mcm","id":{{id}},"initialClk":"init","clk":"clk1","conflateMs":0,"heartbeatMs":5000,"pt":1768473000000,"ct":"SUB_IMAGE","mc":[{"id":"1.25","img":true,"marketDefinition":{"eventId":"77","status":"OPEN","inPlay":false,"version":1,"runners":[{"status":"ACTIVE","sortPriority":1,"id":10}]},"rc":[{"id":10,"batb":[[0,{{back}},5]],"batl":[[0,2.7,8]],"ltp":2.5,"tv":10}]}]}""");

    private static string Delta(long id, string clock, decimal back, string? type = null) => string.Create(
        CultureInfo.InvariantCulture,
        $$"""{"op":"mcm","id":{{id}},"clk":"{{clock}}",{{(type is null ? "" : $"\"ct\":\"{type}\",")}}"pt":1768473001000,"mc":[{"id":"1.25","rc":[{"id":10,"batb":[[0,{{back}},5]]}]}]}""");

    private static string Segment(long id, string? segment, string market, decimal back, string? initialClock, string? clock) => string.Create(
        CultureInfo.InvariantCulture,
        $$"""{"op":"mcm","id":{{id}},{{Member("initialClk", initialClock)}}{{Member("clk", clock)}}{{Member("segmentType", segment)}}{{(segment is null ? "" : "\"ct\":\"SUB_IMAGE\",")}}"pt":1768473000500,"mc":[{"id":"{{market}}","img":true,"marketDefinition":{"eventId":"77","status":"OPEN","version":1},"rc":[{"id":10,"batb":[[0,{{back}},5]]}]}]}""");

    private static string Member(string name, string? value) => value is null ? "" : $"\"{name}\":\"{value}\",";

    private FeedRun Feed(params (string Name, string Value)[] options) => Feed(["1.25"], options);

    private FeedRun Feed(string[] markets, params (string Name, string Value)[] options)
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal) { ["url"] = venue.Url, ["ca_file"] = venue.Certificate.CaFile, ["timing_scale"] = "0.05" };
        foreach (var (name, value) in options)
            all[name] = value;
        all.TryAdd("heartbeat_ms", "5000");
        var config = new PublisherConfig { Name = "betfair", Class = KnownClasses.BetfairStream, Port = 5564, Topic = "betfair_stream", Instruments = markets, Options = all };
        return new FeedRun(new BetfairLiveSource(
            new BetfairLiveOptions(config, v => v switch { "BETFAIR_APP_KEY" => "the-key", "BETFAIR_SESSION_TOKEN" => Session, _ => null }), TimeProvider.System, log));
    }
}
