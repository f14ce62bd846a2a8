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

    private static string Back(MarketMessage message) => Convert.ToString(message.Get("back_price"), CultureInfo.InvariantCulture)!;

    private static string Image(long id, decimal back) => string.Create(
        CultureInfo.InvariantCulture,
        $$"""{"op":"mcm","id":{{id}},"initialClk":"init","clk":"clk1","conflateMs":0,"heartbeatMs":5000,"pt":1768473000000,"ct":"SUB_IMAGE","mc":[{"id":"1.25","img":true,"marketDefinition":{"eventId":"77","status":"OPEN","inPlay":false,"version":1,"runners":[{"status":"ACTIVE","sortPriority":1,"id":10}]},"rc":[{"id":10,"batb":[[0,{{back}},5]],"batl":[[0,2.7,8]],"ltp":2.5,"tv":10}]}]}""");

    private static string Delta(long id, string clock, decimal back, string? type = null) => string.Create(
        CultureInfo.InvariantCulture,
        $$"""{"op":"mcm","id":{{id}},"clk":"{{clock}}",{{(type is null ? "" : $"\"ct\":\"{type}\",")}}"pt":1768473001000,"mc":[{"id":"1.25","rc":[{"id":10,"batb":[[0,{{back}},5]]}]}]}""");

    private FeedRun Feed(params (string Name, string Value)[] options)
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal) { ["url"] = venue.Url, ["ca_file"] = venue.Certificate.CaFile, ["timing_scale"] = "0.05" };
        foreach (var (name, value) in options)
            all[name] = value;
        all.TryAdd("heartbeat_ms", "5000");
        var config = new PublisherConfig { Name = "betfair", Class = KnownClasses.BetfairStream, Port = 5564, Topic = "betfair_stream", Instruments = ["1.25"], Options = all };
        return new FeedRun(new BetfairLiveSource(
            new BetfairLiveOptions(config, v => v switch { "BETFAIR_APP_KEY" => "the-key", "BETFAIR_SESSION_TOKEN" => Session, _ => null }), TimeProvider.System, log));
    }
}
