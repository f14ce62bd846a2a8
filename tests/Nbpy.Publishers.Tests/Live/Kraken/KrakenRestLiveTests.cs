using System.Globalization;
using Nbpy.Messaging;
using Nbpy.Publishers.Kraken.Live;
using Nbpy.Publishers.Live;
using Nbpy.Publishers.Tests.Replay;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Tests.Live.Kraken;

/// <summary>The fallback by REST.</summary>
public sealed class KrakenRestLiveTests : KrakenTests
{
    private int calls;

    [Fact]
    public async Task Tickers_come_pair_by_pair_a_call_a_second_and_only_when_they_have_changed()
    {
        Venue.Rest = (path, _, _) => path == "/0/public/Ticker?pair=XBTUSD" ? Ticker("XXBTZUSD", 30300 + (++calls / 2))
            : path == "/0/public/Ticker?pair=XDGUSD" ? Ticker("XDGUSD", 1) : null;
        await using var run = new FeedRun(Source(Config(KnownClasses.KrakenTick, ["BTC/USD", "DOGE/USD"], ("channel", "rest"))));
        var start = Clock.GetUtcNow();
        await Clock.AdvanceUntilAsync(() => run.Messages.Count == 4, "three prices of one pair");
        Assert.Equal(["BTC/USD 30300 30300.1", "DOGE/USD 1 1.1", "BTC/USD 30301 30301.1", "BTC/USD 30302 30302.1"], run.Messages.Select(KrakenWire.Tick));
        Assert.True((Clock.GetUtcNow() - start).TotalSeconds >= Venue.RestCalls.Count - 1, $"{Venue.RestCalls.Count} calls");
        Assert.Equal((30303.2, 2445.5, 30270.25), (run.Messages[0].Get("last_trade_price"), run.Messages[0].Get("volume"), run.Messages[0].Get("vwap")));
        Assert.Equal(new FeedStatus.Snapshot(FeedPhase.Live, "data flow by REST"), run.Now);
        Assert.Equal(0, Venue.Attempts);
    }

    [Fact]
    public async Task Depth_tells_the_levels_that_have_changed()
    {
        Venue.Rest = (path, _, _) => path == "/0/public/Depth?pair=XBTUSD&count=10"
            ? $$$"""{"error":[],"result":{"XXBTZUSD":{"asks":[["30384.10000","2.059",1688671659],["30387.90000","1.500",1688671380]],"bids":[["30297.00000","{{{(++calls == 1 ? "1.115" : "7.000")}}}",1688671636],["30296.70000","2.002",1688671674]]}} }"""
            : null;
        await using var run = new FeedRun(Source(Config(KnownClasses.KrakenDepth, ["BTC/USD"], ("channel", "rest"))));
        await Clock.AdvanceUntilAsync(() => run.Messages.Count == 3 && calls > 3, "two levels, then one");
        Assert.Equal(["1 30297 1.115 30384.1 2.059", "2 30296.7 2.002 30387.9 1.5", "1 30297 7 30384.1 2.059"], run.Messages.Select(Level));
    }

    [Fact]
    public async Task A_pair_that_kraken_does_not_know_is_named_and_the_others_go_on()
    {
        Venue.Rest = (path, _, _) => path.EndsWith("XBTUSD", StringComparison.Ordinal) ? Ticker("XXBTZUSD", 1) : """{"error":["EQuery:Unknown asset pair"]}""";
        await using var run = new FeedRun(Source(Config(KnownClasses.KrakenTick, ["NO/PAIR", "BTC/USD"], ("channel", "rest"))));
        await Clock.AdvanceUntilAsync(() => run.Messages.Count == 1 && run.Count(FeedCounters.RefusedSubscriptions) == 1, "the one that is known");
        Assert.Equal(new FeedStatus.Snapshot(FeedPhase.Live, "data flow by REST; NO/PAIR: 127.0.0.1: EQuery:Unknown asset pair"), run.Now);
    }

    [Fact]
    public async Task Answers_that_cannot_be_used_are_stale_and_a_pair_that_has_none_is_named()
    {
        var broken = true;
        Venue.Rest = (path, _, _) => broken || path.EndsWith("ETHUSD", StringComparison.Ordinal)
            ? """{"error":[],"result":{"XXBTZUSD":{"a":null}}}""" : Ticker("XXBTZUSD", ++calls);
        await using var run = new FeedRun(Source(Config(KnownClasses.KrakenTick, ["BTC/USD", "ETH/USD"], ("channel", "rest"))));
        await Clock.AdvanceUntilAsync(() => run.Now.Phase == FeedPhase.Stale, "stale");
        Assert.Equal("BTC/USD: its answers cannot be used; ETH/USD: its answers cannot be used", run.Now.Reason);
        Assert.True(run.Count(FeedCounters.Undecodable) >= 6);
        Assert.Empty(run.Messages);
        broken = false;
        await Clock.AdvanceUntilAsync(() => run.Messages.Count > 0, "the pair whose answers are good again");
        await run.UntilAsync(() => run.Now == new FeedStatus.Snapshot(FeedPhase.Live, "data flow by REST; ETH/USD: its answers cannot be used"), "named");
        Assert.Equal(0, run.Count(FeedCounters.Reconnects) + run.Count(FeedCounters.ConnectFailures));
    }

    [Fact]
    public async Task The_clock_is_measured_by_the_answers_date()
    {
        // Two seconds behind.
        Venue.Date = () => Clock.GetUtcNow().AddSeconds(-2);
        Venue.Rest = (_, _, _) => Ticker("XXBTZUSD", ++calls);
        await using var run = new FeedRun(Source(Config(KnownClasses.KrakenTick, ["BTC/USD"], ("channel", "rest"))));
        await run.UntilCountAsync(1);
        Assert.InRange(run.Count(FeedCounters.ClockSkewMs), 1500, 2500);
        Assert.Equal(UnixTime.NowNs(Clock), run.Messages[0].ReceivedNs);
    }

    [Fact]
    public async Task Depth_asks_for_as_many_levels_as_are_configured_and_no_more_than_a_call_gives()
    {
        var side = string.Join(',', Enumerable.Range(1, 25).Select(i => $"""["{i}","1.5",1688671659]"""));
        Venue.Rest = (path, _, _) => path == "/0/public/Depth?pair=XBTUSD&count=25" ? $$$"""{"error":[],"result":{"XXBTZUSD":{"asks":[{{{side}}}],"bids":[{{{side}}}]}} }""" : null;
        await using var run = new FeedRun(Source(Config(KnownClasses.KrakenDepth, ["BTC/USD"], ("channel", "rest"), ("depth", "25"))));
        await Clock.AdvanceUntilAsync(() => run.Messages.Count == 25, "all levels");
        var error = Assert.Throws<ServiceDefaults.ServiceStartException>(
            () => Source(Config(KnownClasses.KrakenDepth, ["BTC/USD"], ("channel", "rest"), ("depth", "1000"))));
        Assert.Contains("10, 25, 100 or 500 with the channel rest", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"error":["EGeneral:Too many requests"]}""", FeedPhase.Connecting, "Too many requests", 15)]
    [InlineData("<html>gateway</html>", FeedPhase.Connecting, "without a result", 1)]
    [InlineData(null, FeedPhase.Connecting, "HTTP 404", 1)]
    public async Task An_answer_that_is_none_is_shown_and_asked_for_again_later(string? answer, FeedPhase phase, string reason, int seconds)
    {
        Venue.Rest = (_, _, _) => calls++ == 0 ? answer : Ticker("XXBTZUSD", 1);
        await using var run = new FeedRun(Source(Config(KnownClasses.KrakenTick, ["BTC/USD"], ("channel", "rest"))));
        await run.UntilAsync(() => run.Now.Reason.Contains(reason, StringComparison.Ordinal), "shown");
        Assert.Equal(phase, run.Now.Phase);
        var at = Clock.GetUtcNow();
        await Clock.AdvanceUntilAsync(() => run.Messages.Count == 1, "asked again");
        Assert.True((Clock.GetUtcNow() - at).TotalSeconds >= seconds * 0.5);
    }

    [Fact]
    public void Names_of_pairs_are_those_of_the_rest_api() =>
        Assert.Equal(["XBTUSD", "XDGXBT", "ETHEUR"], ((string[])["BTC/USD", "DOGE/BTC", "ETH/EUR"]).Select(KrakenRestSource.RestName));

    private static string Ticker(string name, decimal bid) => string.Create(
        CultureInfo.InvariantCulture,
        $$$"""{"error":[],"result":{"{{{name}}}":{"a":["{{{bid + 0.1m}}}","1","1.000"],"b":["{{{bid}}}","1","1.000"],"c":["30303.20000","0.00067643"],"v":["4083.67","2445.5"],"p":["30706.77","30270.25"],"t":[34619,38907],"l":["29868.3","29868.3"],"h":["31631.0","31631.0"],"o":"30502.80000"}} }""");

    private static string Level(MarketMessage m) => string.Create(
        CultureInfo.InvariantCulture, $"{m.Get("level")} {m.Get("bid_price")} {m.Get("bid_size")} {m.Get("ask_price")} {m.Get("ask_size")}");
}
