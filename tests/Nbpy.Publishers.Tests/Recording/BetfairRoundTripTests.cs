using System.Globalization;
using Nbpy.Publishers.Betfair.Live;
using Nbpy.Publishers.Live;
using Nbpy.Publishers.Tests.Live;
using Nbpy.Publishers.Tests.Live.Betfair;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Tests.Recording;

/// <summary>What Betfair's live feed published, over breaks and unreliable data, comes again out of its recording.</summary>
public sealed class BetfairRoundTripTests : IAsyncDisposable
{
    private readonly BetfairVenue venue = new();
    private readonly LogLines log = new();

    public ValueTask DisposeAsync() => venue.DisposeAsync();

    [Fact]
    public async Task Images_deltas_stale_subscriptions_and_unreliable_data_over_three_connections()
    {
        var config = new PublisherConfig
        {
            Name = "betfair", Class = KnownClasses.BetfairStream, Port = 5564, Topic = "betfair_stream", Instruments = ["1.25"],
            Options = new Dictionary<string, string> { ["url"] = venue.Url, ["ca_file"] = venue.Certificate.CaFile, ["timing_scale"] = "0.05", ["heartbeat_ms"] = "5000" },
        };
        var source = new BetfairLiveSource(
            new BetfairLiveOptions(config, v => v switch { "BETFAIR_APP_KEY" => "the-key", "BETFAIR_SESSION_TOKEN" => "planted-session-token", _ => null }),
            TimeProvider.System, log);
        using var trip = new RoundTrip(config, source, "betfair.ndjson");
        var (peer, subscription) = await venue.SubscribedAsync();
        var id = subscription["id"]!.GetValue<long>();
        await peer.SendAsync(Image(id, 2.5m));
        await peer.SendAsync(Delta(1, "stale", 9m));
        await peer.SendAsync(Delta(id, "clk2", 2.52m));
        await peer.SendAsync(Delta(id, "clk3", 2.6m).Replace("\"op\":\"mcm\"", "\"op\":\"mcm\",\"status\":503", StringComparison.Ordinal));
        await peer.SendAsync(Delta(id, "clk4", 2.7m));
        await trip.Run.UntilCountAsync(3);
        peer.Dispose();

        var (second, resumed) = await venue.SubscribedAsync();
        await second.SendAsync(Delta(resumed["id"]!.GetValue<long>(), "clk5", 2.7m));
        await second.SendAsync(Delta(resumed["id"]!.GetValue<long>(), "clk6", 2.8m));
        await trip.Run.UntilCountAsync(4);
        await second.SendAsync("""{"op":"mcm","mc":[{"id":""");

        var (third, afresh) = await venue.SubscribedAsync();
        await third.SendAsync(Image(afresh["id"]!.GetValue<long>(), 2.8m));
        await third.SendAsync(Delta(afresh["id"]!.GetValue<long>(), "c", 2.9m));
        await trip.Run.UntilCountAsync(5);
        Assert.Equal(2, trip.Run.Count(FeedCounters.Reconnects));
        Assert.True(trip.Run.Count(FeedCounters.Repeated) >= 1);
        await trip.AssertSameAsync(5);
        var text = File.ReadAllText(trip.File);
        Assert.DoesNotContain("planted", text, StringComparison.Ordinal);
        Assert.DoesNotContain("the-key", text, StringComparison.Ordinal);
        second.Dispose();
        third.Dispose();
    }

    private static string Image(long id, decimal back) => string.Create(
        CultureInfo.InvariantCulture,
        $$"""{"op":"mcm","id":{{id}},"initialClk":"init","clk":"clk1","conflateMs":0,"heartbeatMs":5000,"pt":1768473000000,"ct":"SUB_IMAGE","mc":[{"id":"1.25","img":true,"marketDefinition":{"eventId":"77","status":"OPEN","inPlay":false,"version":1,"runners":[{"status":"ACTIVE","sortPriority":1,"id":10}]},"rc":[{"id":10,"batb":[[0,{{back}},5]],"batl":[[0,2.95,8]],"ltp":2.5,"tv":10}]}]}""");

    private static string Delta(long id, string clock, decimal back) => string.Create(
        CultureInfo.InvariantCulture,
        $$"""{"op":"mcm","id":{{id}},"clk":"{{clock}}","pt":1768473001000,"mc":[{"id":"1.25","rc":[{"id":10,"batb":[[0,{{back}},5]]}]}]}""");
}
