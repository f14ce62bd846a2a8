using System.Text.Json.Nodes;
using Nbpy.Messaging;
using Nbpy.Publishers.Betfair.Live;
using Nbpy.Publishers.Live;
using Nbpy.Publishers.Tests.Recording;
using Nbpy.Publishers.Tests.Replay;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Tests.Live.Betfair;

/// <summary>The account's orders over real TLS: each change once, over breaks and new images, live and out of a recording.</summary>
public sealed class BetfairOrderLiveTests : IAsyncDisposable
{
    private readonly BetfairVenue venue = new();
    private readonly LogLines log = new();

    public ValueTask DisposeAsync() => venue.DisposeAsync();

    [Fact]
    public async Task Orders_are_published_once_each_change_and_come_again_out_of_the_recording()
    {
        var config = new PublisherConfig
        {
            Name = "betfair_orders", Class = KnownClasses.BetfairStream, Port = 5568, Topic = "betfair_orders",
            Options = new Dictionary<string, string> { ["url"] = venue.Url, ["ca_file"] = venue.Certificate.CaFile, ["timing_scale"] = "0.05", ["channel"] = "orders" },
        };
        var source = BetfairLiveFeeds.Create(config, TimeProvider.System, log, v => v switch { "BETFAIR_APP_KEY" => "the-key", "BETFAIR_SESSION_TOKEN" => "planted-session", _ => null });
        using var trip = new RoundTrip(config, source, "orders.ndjson");
        var feed = trip.Run;
        var (peer, subscription) = await venue.SubscribedAsync();
        Assert.True(JsonNode.DeepEquals(
            JsonNode.Parse("""{"op":"orderSubscription","id":2,"orderFilter":{"includeOverallPosition":true},"segmentationEnabled":true}"""), subscription), subscription.ToJsonString());
        await peer.SendAsync(Orders(subscription, "SUB_IMAGE", 1, ("a", "E", 0), ("b", "E", 0)).Replace("\"op\"", "\"initialClk\":\"i\",\"op\"", StringComparison.Ordinal));
        await peer.SendAsync(Orders(subscription, null, 2, ("a", "E", 1)));
        await feed.UntilCountAsync(3);
        await feed.UntilPhaseAsync(FeedPhase.Live);
        // Late is not wrong: an order that Betfair marks so is published, and the feed is stale.
        await peer.SendAsync(Orders(subscription, null, 3, ("a", "E", 2)).Replace("\"op\"", "\"status\":503,\"op\"", StringComparison.Ordinal));
        await feed.UntilCountAsync(4);
        await feed.UntilPhaseAsync(FeedPhase.Stale);
        peer.Dispose();

        var (second, resumed) = await venue.SubscribedAsync();
        Assert.Equal(("i", "3"), (resumed["initialClk"]!.GetValue<string>(), resumed["clk"]!.GetValue<string>()));
        await second.SendAsync($$"""{"op":"status","statusCode":"FAILURE","errorCode":"INVALID_CLOCK","connectionClosed":true}""");
        second.Dispose();

        // The image has open orders only: what became of b nobody says.
        var (third, afresh) = await venue.SubscribedAsync();
        Assert.Null(afresh["clk"]);
        await third.SendAsync(Orders(afresh, "SUB_IMAGE", 4, ("a", "E", 2)));
        await third.SendAsync(Orders(afresh, null, 5, ("a", "EC", 3)));
        await feed.UntilCountAsync(5);
        Assert.Equal(["a executable 0", "b executable 0", "a executable 1", "a executable 2", "a execution_complete 3"], feed.Messages.Select(Order));
        Assert.Equal((1, 1, 2), (feed.Count(BetfairOrderSource.WithoutKnownEnd), feed.Count(FeedCounters.Repeated), feed.Count(FeedCounters.Reconnects)));
        Assert.Equal(1768473000005_000000, feed.Messages[^1].TimestampNs);
        third.Dispose();
        await trip.AssertSameAsync(5);
        Assert.DoesNotContain("planted", File.ReadAllText(trip.File) + feed.Texts + log.All, StringComparison.Ordinal);
    }

    private static string Order(MarketMessage message) => $"{message.Get("order_id")} {message.Get("status")} {message.Get("size_matched")}";

    private static string Orders(JsonObject subscription, string? type, int clock, params (string Id, string Status, int Matched)[] orders) =>
        $$"""{"op":"ocm","id":{{subscription["id"]}},{{(type is null ? "" : $"\"ct\":\"{type}\",")}}"clk":"{{clock}}","pt":{{1768473000000 + clock}},"oc":[{"id":"1.25","orc":[{"id":10,"uo":[{{string.Join(',', orders.Select(
            o => $$"""{"id":"{{o.Id}}","p":2.5,"s":3,"side":"B","status":"{{o.Status}}","pt":"L","ot":"L","sm":{{o.Matched}}}"""))}}]}]}]}""";
}
