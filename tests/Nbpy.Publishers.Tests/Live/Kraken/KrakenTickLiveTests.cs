using System.Text.Json;
using Nbpy.Publishers.Decoding;
using Nbpy.Publishers.Live;
using Nbpy.Publishers.Tests.Replay;
using Nbpy.ServiceDefaults.Configuration;
using static Nbpy.Publishers.Tests.Live.Kraken.KrakenWire;

namespace Nbpy.Publishers.Tests.Live.Kraken;

public sealed class KrakenTickLiveTests : KrakenTests
{
    private static readonly string[] Btc = ["BTC/USD"];
    private static readonly string[] Two = ["BTC/USD", "ETH/USD"];

    [Fact]
    public async Task Tickers_are_published_as_sent_and_the_phases_follow_the_connection()
    {
        await using var run = new FeedRun(Source(Config(KnownClasses.KrakenTick, Btc)));
        var peer = await Venue.AcceptAsync();
        await peer.StatusAsync();
        var request = await peer.NextAsync();
        Assert.True(JsonElement.DeepEquals(
            JsonDocument.Parse("""{"method":"subscribe","params":{"channel":"ticker","symbol":["BTC/USD"],"event_trigger":"trades","snapshot":true},"req_id":1}""").RootElement,
            request));
        Assert.Equal(FeedPhase.Connecting, run.Now.Phase);
        await peer.AcknowledgeAsync(request);
        await run.UntilPhaseAsync(FeedPhase.Subscribed);
        await peer.SendAsync(Ticker("BTC/USD", 62809.9m, 62810.1m, "2030-01-01T00:00:00.123456Z", "snapshot"));
        await run.UntilCountAsync(1);
        var message = Assert.Single(run.Messages);
        Assert.True(Rfc3339.TryParse("2030-01-01T00:00:00.123456Z", out var time));
        Assert.Equal(time, message.TimestampNs);
        Assert.Equal(["pair", "exchange", "bid", "ask", "last_trade_price", "volume", "vwap"], message.Keys());
        Assert.Equal((62809.9, 62810.1, 4473.99704028), (message.Get("bid"), message.Get("ask"), message.Get("volume")));
        Assert.Equal([FeedPhase.Subscribed, FeedPhase.Live], run.Phases.Select(p => p.Phase));
        Assert.Equal(0, run.Count(FeedCounters.Reconnects));
    }

    [Fact]
    public async Task A_refused_pair_is_named_and_the_other_flows()
    {
        await using var run = new FeedRun(Source(Config(KnownClasses.KrakenTick, ["BTC/USD", "XBT/USD"])));
        var peer = await Venue.AcceptAsync();
        await peer.StatusAsync();
        var request = await peer.NextAsync();
        await peer.AcknowledgeAsync(request, except: "XBT/USD");
        await peer.RefuseAsync(request, "Currency pair not supported XBT/USD", "XBT/USD");
        await peer.SendAsync(Ticker("BTC/USD", 1, 2));
        await run.UntilCountAsync(1);
        await run.UntilPhaseAsync(FeedPhase.Live);
        Assert.Contains("XBT/USD: Currency pair not supported XBT/USD", run.Now.Reason, StringComparison.Ordinal);
        Assert.Equal(1, run.Count(FeedCounters.RefusedSubscriptions));
        Assert.Equal(1, Venue.Attempts);
    }

    [Fact]
    public async Task When_every_pair_is_refused_the_feed_says_so_and_waits_long()
    {
        await using var run = new FeedRun(Source(Config(KnownClasses.KrakenTick, ["XBT/USD"])));
        var peer = await Venue.AcceptAsync();
        await peer.StatusAsync();
        await peer.RefuseAsync(await peer.NextAsync(), "Currency pair not supported XBT/USD", "XBT/USD");
        await run.UntilPhaseAsync(FeedPhase.Refused);
        Assert.Contains("Currency pair not supported", run.Now.Reason, StringComparison.Ordinal);
        var at = Clock.GetUtcNow();
        await Venue.AcceptAsync(Clock);
        Assert.True(Clock.GetUtcNow() - at >= TimeSpan.FromSeconds(60));
        Assert.Empty(run.Messages);
    }

    [Fact]
    public async Task An_unanswered_subscription_is_asked_for_again()
    {
        await using var run = new FeedRun(Source(Config(KnownClasses.KrakenTick, Two)));
        var peer = await Venue.AcceptAsync();
        await peer.StatusAsync();
        await peer.AcknowledgeAsync(await peer.NextAsync(), except: "ETH/USD");
        await peer.SendAsync(Ticker("BTC/USD", 1, 2));
        await run.UntilCountAsync(1);
        for (var i = 0; i < 40 && !peer.HasRequest; i++)
        {
            await peer.HeartbeatAsync();
            await Clock.AdvanceUntilAsync(Once(), "a step", TimeSpan.FromMilliseconds(500));
        }

        var again = await peer.NextAsync();
        Assert.Equal(["ETH/USD"], again.GetProperty("params").GetProperty("symbol").EnumerateArray().Select(s => s.GetString()));
        Assert.Contains("ETH/USD: no answer", run.Now.Reason, StringComparison.Ordinal);
        await peer.AcknowledgeAsync(again);
        await peer.SendAsync(Ticker("ETH/USD", 3, 4));
        await run.UntilCountAsync(2);
        await run.UntilAsync(() => run.Now == new FeedStatus.Snapshot(FeedPhase.Live, "data flow"), "all is well");
    }

    [Fact]
    public async Task A_pair_that_was_taken_and_sends_no_snapshot_is_named_and_asked_for_anew()
    {
        await using var run = new FeedRun(Source(Config(KnownClasses.KrakenTick, Two)));
        var peer = await Venue.AcceptAsync();
        await peer.WelcomeAsync();
        await peer.SendAsync(Ticker("BTC/USD", 1, 2, type: "snapshot"));
        await run.UntilCountAsync(1);
        for (var i = 0; i < 60 && !peer.HasRequest; i++)
        {
            await peer.HeartbeatAsync();
            await Clock.AdvanceUntilAsync(Once(), "a step", TimeSpan.FromMilliseconds(500));
        }

        var leave = await peer.NextAsync();
        Assert.Equal(("unsubscribe", "ETH/USD"), (leave.GetProperty("method").GetString(), leave.GetProperty("params").GetProperty("symbol")[0].GetString()));
        Assert.Equal(new FeedStatus.Snapshot(FeedPhase.Live, "data flow; ETH/USD: no snapshot came"), run.Now);
        Assert.Equal(1, run.Count(FeedCounters.RefusedSubscriptions));
        await peer.AcknowledgeAsync(leave);
        await peer.AcknowledgeAsync(await peer.NextAsync(Clock));
        await peer.SendAsync(Ticker("ETH/USD", 3, 4, type: "snapshot"));
        await run.UntilAsync(() => run.Now == new FeedStatus.Snapshot(FeedPhase.Live, "data flow"), "all is well");
    }

    [Fact]
    public async Task Silence_of_five_seconds_is_stale_and_leads_to_a_new_connection_that_repeats_nothing()
    {
        await using var run = new FeedRun(Source(Config(KnownClasses.KrakenTick, Btc)));
        var first = await Venue.AcceptAsync();
        await first.WelcomeAsync();
        await first.SendAsync(Ticker("BTC/USD", 1, 2));
        await run.UntilCountAsync(1);
        var silent = Clock.GetUtcNow();
        var second = await Venue.AcceptAsync(Clock);
        Assert.InRange((Clock.GetUtcNow() - silent).TotalSeconds, 5.4, 7.5);
        Assert.Contains(run.Phases, p => p.Phase == FeedPhase.Stale && p.Reason.StartsWith("nothing from Kraken for 5", StringComparison.Ordinal));
        await second.WelcomeAsync();
        await second.SendAsync(Ticker("BTC/USD", 1, 2, type: "snapshot"));
        await second.SendAsync(Ticker("BTC/USD", 1, 3, "2030-01-01T00:00:07Z"));
        await run.UntilCountAsync(2);
        Assert.Equal(["BTC/USD 1 2", "BTC/USD 1 3"], run.Messages.Select(Tick));
        Assert.Equal((1, 1), (run.Count(FeedCounters.Reconnects), run.Count(FeedCounters.Repeated)));
    }

    [Fact]
    public async Task Heartbeats_alone_keep_a_connection_and_a_ping_goes_after_thirty_seconds()
    {
        await using var run = new FeedRun(Source(Config(KnownClasses.KrakenTick, Btc)));
        var peer = await Venue.AcceptAsync();
        await peer.WelcomeAsync();
        await run.UntilPhaseAsync(FeedPhase.Subscribed);
        await peer.SendAsync(Ticker("BTC/USD", 1, 2, type: "snapshot"));
        await run.UntilCountAsync(1);
        for (var i = 0; i < 80 && !peer.HasRequest; i++)
        {
            await peer.HeartbeatAsync();
            await Clock.AdvanceUntilAsync(Once(), "a step", TimeSpan.FromMilliseconds(500));
        }

        var ping = await peer.NextAsync();
        Assert.Equal("ping", ping.GetProperty("method").GetString());
        Assert.True(Clock.GetUtcNow() - new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero) >= TimeSpan.FromSeconds(30));
        // The venue's clock is 2 s behind.
        var behind = Clock.GetUtcNow().AddSeconds(-2).ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", System.Globalization.CultureInfo.InvariantCulture);
        await peer.SendAsync($$"""{"method":"pong","req_id":{{KrakenPeer.Id(ping)}},"time_in":"{{behind}}","time_out":"{{behind}}"}""");
        await run.UntilAsync(() => run.Count(FeedCounters.ClockSkewMs) is > 100 and <= 2100, "the skew moves towards 2 s");
        Assert.Equal((FeedPhase.Live, 1), (run.Now.Phase, Venue.Attempts));
    }

    [Fact]
    public async Task Unknown_extra_reordered_and_malformed_frames_are_counted_and_hurt_nobody()
    {
        await using var run = new FeedRun(Source(Config(KnownClasses.KrakenTick, Btc)));
        var peer = await Venue.AcceptAsync();
        await peer.WelcomeAsync();
        await peer.SendAsync("""{"channel":"weather","type":"update","data":[{"sun":true}]}""");
        await peer.SendAsync("""{"channel":"ticker","type":"update","data":[{"symbol":"BTC/USD","bid":""");
        await peer.SendAsync("[]");
        await peer.SendAsync(Ticker("DOGE/USD", 7, 8));
        await peer.SendAsync("""{"data":[{"timestamp":"2030-01-01T00:00:00Z","trades":17,"ask":2.50,"bid":1.50,"symbol":"BTC/USD","more":{"a":[1]}}],"type":"update","channel":"ticker"}""");
        await peer.SendAsync(Ticker("BTC/USD", 3, 4, time: null));
        await run.UntilCountAsync(2);
        Assert.Equal(["BTC/USD 1.5 2.5", "BTC/USD 3 4"], run.Messages.Select(Tick));
        Assert.Equal(Rfc3339.ToNanoseconds(Clock.GetUtcNow()), run.Messages[1].TimestampNs);
        Assert.Equal((2, 2), (run.Count(FeedCounters.Unknown), run.Count(FeedCounters.Undecodable)));
        Assert.Equal(1, Venue.Attempts);
    }

    [Fact]
    public async Task Repeated_and_late_tickers_are_dropped_and_counted()
    {
        await using var run = new FeedRun(Source(Config(KnownClasses.KrakenTick, Btc)));
        var peer = await Venue.AcceptAsync();
        await peer.WelcomeAsync();
        await peer.SendAsync(Ticker("BTC/USD", 1, 2, "2030-01-01T00:00:01Z"));
        await peer.SendAsync(Ticker("BTC/USD", 1, 2, "2030-01-01T00:00:01Z"));
        await peer.SendAsync(Ticker("BTC/USD", 9, 9, "2030-01-01T00:00:00Z"));
        await peer.SendAsync(Ticker("BTC/USD", 5, 6, "2030-01-01T00:00:01Z"));
        await run.UntilCountAsync(2);
        Assert.Equal(["BTC/USD 1 2", "BTC/USD 5 6"], run.Messages.Select(Tick));
        Assert.Equal(2, run.Count(FeedCounters.Repeated));
    }

    [Fact]
    public async Task A_slow_publisher_gets_the_newest_of_every_pair_and_the_rest_is_counted()
    {
        using var gate = new SemaphoreSlim(0);
        await using var run = new FeedRun(Source(Config(KnownClasses.KrakenTick, Two, ("queue_capacity", "2"))), gate);
        var peer = await Venue.AcceptAsync();
        await peer.WelcomeAsync();
        await peer.SendAsync(Ticker("ETH/USD", 7, 8));
        const int Burst = 3000;
        for (var i = 1; i <= Burst; i++)
            await peer.SendAsync(Ticker("BTC/USD", i, i + 1, time: null));
        await peer.SendAsync(Ticker("ETH/USD", 8, 9));
        await peer.SendAsync("""{"channel":"burst has ended"}""");
        await run.UntilAsync(() => run.Count(FeedCounters.Unknown) == 1, "the burst is read");
        gate.Release(Burst);
        await run.UntilAsync(() => run.Messages.Count + run.Count(FeedCounters.Dropped) == Burst + 2, "all is accounted for");
        Assert.InRange(run.Messages.Count, 4, 10);
        Assert.Equal($"BTC/USD {Burst} {Burst + 1}", run.Messages.Select(Tick).Last(t => t.StartsWith('B')));
        Assert.Equal("ETH/USD 8 9", run.Messages.Select(Tick).Last(t => t.StartsWith('E')));
    }

    [Fact]
    public async Task A_secret_is_asked_of_nobody_and_an_unknown_trigger_is_an_error_of_the_configuration()
    {
        await using var run = new FeedRun(Source(Config(KnownClasses.KrakenTick, Btc, ("event_trigger", "bbo"))));
        var peer = await Venue.AcceptAsync();
        await peer.StatusAsync();
        Assert.Equal("bbo", (await peer.NextAsync()).GetProperty("params").GetProperty("event_trigger").GetString());
        Assert.Empty(Venue.RestCalls);
        var error = Assert.Throws<ServiceDefaults.ServiceStartException>(
            () => Source(Config(KnownClasses.KrakenTick, Btc, ("event_trigger", "always"))));
        Assert.Contains("options.event_trigger is 'always'", error.Message, StringComparison.Ordinal);
    }

    // True the second time it is asked: the clock makes one step.
    private static Func<bool> Once()
    {
        var asked = 0;
        return () => asked++ > 1;
    }
}
