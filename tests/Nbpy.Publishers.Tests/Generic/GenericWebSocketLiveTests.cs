using System.Text.Json.Nodes;
using Nbpy.Messaging;
using Nbpy.Publishers.Generic.Live;
using Nbpy.Publishers.Live;
using Nbpy.Publishers.Tests.Live;
using Nbpy.Publishers.Tests.Live.Kraken;
using Nbpy.Publishers.Tests.Recording;
using Nbpy.Publishers.Tests.Replay;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Tests.Generic;

/// <summary>The generic feed against a real WebSocket server with its faults.</summary>
public sealed class GenericWebSocketLiveTests : IAsyncLifetime
{
    private readonly ManualClock clock = new();
    private readonly LogLines log = new();
    private KrakenEmulator venue = null!;

    public async ValueTask InitializeAsync() => venue = await KrakenEmulator.StartAsync();

    public ValueTask DisposeAsync() => venue.DisposeAsync();

    [Fact]
    public async Task Subscribes_maps_and_counts_and_after_a_break_subscribes_again()
    {
        await using var run = Run();
        var peer = await venue.AcceptAsync();
        Assert.Equal("""{"op":"subscribe","channel":"trades","symbols":["A/B","C/D"]}""", (await peer.NextAsync()).GetRawText());
        await run.UntilPhaseAsync(FeedPhase.Subscribed);
        await peer.SendAsync("""{"channel":"trades","type":"subscribed"}""");
        await peer.SendAsync("""{"op":"hb"}""");
        await peer.SendAsync("{\"channel\":");
        await peer.SendAsync(Trade(1.5m), frame: 7);
        await peer.SendAsync("""{"channel":"trades","type":"update","data":[{"s":"A/B","p":"none","T":1}]}""");
        await peer.SendAsync(Trade(2.5m));
        await run.UntilCountAsync(2);
        await run.UntilPhaseAsync(FeedPhase.Live);
        Assert.Equal((1, 2), (run.Count(FeedCounters.Unknown), run.Count(FeedCounters.Undecodable)));

        peer.Abort();
        peer = await venue.AcceptAsync(clock);
        await peer.NextAsync();
        await peer.SendAsync(Trade(3.5m));
        await run.UntilCountAsync(3);
        Assert.Equal([1.5, 2.5, 3.5], run.Messages.Select(Price));
        Assert.Equal(1, run.Count(FeedCounters.Reconnects));
    }

    [Fact]
    public async Task Silence_is_shown_as_stale_and_ends_the_connection_and_heartbeats_are_no_silence()
    {
        await using var run = Run(("stale_seconds", 20));
        var peer = await venue.AcceptAsync();
        await peer.NextAsync();
        await peer.SendAsync(Trade(1));
        await run.UntilCountAsync(1);
        for (var i = 0; i < 4; i++)
        {
            clock.Advance(TimeSpan.FromSeconds(15));
            await peer.SendAsync("""{"op":"hb"}""");
            await peer.SendAsync(Trade(i + 2));
            await run.UntilCountAsync(i + 2);
        }

        Assert.Equal(0, run.Count(FeedCounters.Reconnects));
        await clock.AdvanceUntilAsync(() => run.Phases.Any(p => p.Phase == FeedPhase.Stale), "stale", TimeSpan.FromSeconds(1));
        Assert.Contains("options.stale_seconds", run.Phases.First(p => p.Phase == FeedPhase.Stale).Reason, StringComparison.Ordinal);
        peer = await venue.AcceptAsync(clock);
        await peer.NextAsync();
        await peer.SendAsync(Trade(9));
        await run.UntilCountAsync(6);
        Assert.Equal(1, run.Count(FeedCounters.Reconnects));
    }

    [Fact]
    public async Task A_ping_is_sent_as_often_as_configured()
    {
        await using var run = Run(("ping", JsonNode.Parse("""{"message":{"op":"ping"},"every_seconds":10}""")!), ("stale_seconds", 3600));
        var peer = await venue.AcceptAsync();
        await peer.NextAsync();
        for (var i = 0; i < 3; i++)
        {
            var before = clock.GetUtcNow();
            await clock.AdvanceUntilAsync(() => peer.HasRequest, "a ping", TimeSpan.FromSeconds(1));
            Assert.Equal("""{"op":"ping"}""", (await peer.NextAsync()).GetRawText());
            Assert.InRange(clock.GetUtcNow() - before, TimeSpan.FromSeconds(8), TimeSpan.FromSeconds(20));
        }
    }

    [Theory]
    [InlineData(404, FeedPhase.Refused)]
    [InlineData(401, FeedPhase.Refused)]
    [InlineData(503, FeedPhase.Connecting)]
    public async Task A_refused_upgrade_is_shown_and_tried_again(int status, FeedPhase phase)
    {
        venue.RefuseUpgrades.Enqueue(status);
        await using var run = Run();
        await run.UntilAsync(() => run.Now is var now && now.Phase == phase && now.Reason.Contains($"{status}", StringComparison.Ordinal), "the refusal");
        KrakenPeer? peer = null;
        await clock.AdvanceUntilAsync(() => venue.Attempts > 1, "another attempt", TimeSpan.FromSeconds(5));
        peer = await venue.AcceptAsync(clock);
        await peer.NextAsync();
        await peer.SendAsync(Trade(1));
        await run.UntilCountAsync(1);
    }

    [Theory]
    [InlineData("all")]
    [InlineData("newest")]
    public async Task A_slow_publisher_gets_everything_or_the_newest(string keep)
    {
        using var gate = new SemaphoreSlim(0);
        await using var run = new FeedRun(Source(Config(("keep", keep), ("queue_capacity", "2"))), gate);
        var peer = await venue.AcceptAsync();
        await peer.NextAsync();
        for (var i = 1; i <= 50; i++)
            await peer.SendAsync(Trade(i));
        await peer.SendAsync("""{"channel":"the end"}""");
        await run.UntilCountAsync(1);
        if (keep == "newest")
            await run.UntilAsync(() => run.Count(FeedCounters.Unknown) == 1, "all is read");
        gate.Release(100);
        await run.UntilAsync(() => run.Messages.Count > 0 && Price(run.Messages[^1]) == 50.0, "the last");
        var prices = run.Messages.Select(Price).ToList();
        Assert.Equal(prices.Order(), prices);
        Assert.Equal(50, prices.Count + run.Count(FeedCounters.Dropped));
        Assert.Equal(keep == "all", prices.Count == 50);
    }

    [Fact]
    public async Task A_recording_makes_the_same_messages()
    {
        var config = Config();
        using var trip = new RoundTrip(config, Source(config), "trades.ndjson.zst");
        var peer = await venue.AcceptAsync();
        await peer.NextAsync();
        await peer.SendAsync(Trade(1));
        await peer.SendAsync("""{"channel":"trades","type":"update","data":[{"s":"A/B","p":"none","T":1},{"s":"C/D","p":"0.10","T":1893456000000}]}""");
        await trip.Run.UntilCountAsync(2);
        peer.Abort();
        peer = await venue.AcceptAsync(clock);
        await peer.SendAsync(Trade(1));
        await trip.Run.UntilCountAsync(3);
        await trip.AssertSameAsync(3);
    }

    private static string Trade(decimal price) => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $$"""{"channel":"trades","type":"update","data":[{"s":"A/B","p":"{{price}}","q":0.5,"T":1893456000000}]}""");

    private static double Price(MarketMessage message) => (double)message.Get("price")!;

    private PublisherConfig Config(params (string Name, JsonNode Value)[] options) => GenericConfig.Load(GenericConfig.Trades, venue.Url, ["A/B", "C/D"], "live", options);

    private GenericWebSocketSource Source(PublisherConfig config) => new(config, clock, log);

    private FeedRun Run(params (string Name, JsonNode Value)[] options) => new(Source(Config(options)));
}
