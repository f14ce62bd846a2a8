using System.Globalization;
using System.Text;
using Nbpy.Publishers.Live;
using Nbpy.Publishers.Oanda;
using Nbpy.Publishers.Tests.Replay;
using Nbpy.Publishers.Tests.Simulation;
using Nbpy.ServiceDefaults.Configuration;
using static Nbpy.Publishers.Tests.Live.Oanda.OandaWire;

namespace Nbpy.Publishers.Tests.Live.Oanda;

public sealed class OandaPricingLiveTests : OandaTests
{
    [Fact]
    public async Task The_composed_stream_arrives_as_its_tradeable_ticks_and_nothing_else()
    {
        var lines = Feeds.Lines(Feeds.Bundled("oanda/pricing_stream_composed.jsonl")).ToList();
        var decoder = new OandaPricingDecoder();
        var expected = new List<string>();
        foreach (var line in lines)
        {
            if (decoder.Decode(line) == OandaLineKind.Price && OandaMessages.ToMessage(decoder.Price) is { } message)
                expected.Add($"{message.TimestampNs} {message.Text()}");
        }

        Assert.True(expected.Count > 50);
        await using var run = Ticks("EUR_USD", "USD_JPY", "XAU_USD");
        var peer = await Venue.AcceptAsync();
        Assert.Equal($"/v3/accounts/{OandaEmulator.Account}/pricing/stream?instruments=EUR_USD%2CUSD_JPY%2CXAU_USD&snapshot=true", peer.Request);
        Assert.Equal($"Bearer {OandaEmulator.Token}", peer.Headers["Authorization"]);
        Assert.Equal("RFC3339", peer.Headers["Accept-Datetime-Format"]);
        Assert.DoesNotContain("Accept-Encoding", peer.Headers.Keys);
        await run.UntilPhaseAsync(FeedPhase.Subscribed);
        foreach (var line in lines)
            await peer.SendAsync(Encoding.UTF8.GetString(line));
        await peer.SendAsync("""{"type":"THE_END"}""");
        await run.UntilAsync(() => run.Count(FeedCounters.Unknown) == 1 && run.Messages.Count >= expected.Count, "all is read");
        Assert.Equal(expected, run.Messages.Select(m => $"{m.TimestampNs} {m.Text()}"));
        Assert.Equal([FeedPhase.Subscribed, FeedPhase.Live], run.Phases.Select(p => p.Phase));
        Assert.Equal(0, run.Count(FeedCounters.Reconnects));
        Assert.NotEqual(0, run.Count(FeedCounters.ClockSkewMs));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/v3")]
    [InlineData("/v3/")]
    public async Task An_address_may_name_the_apis_version(string path)
    {
        await using var run = new FeedRun(Source(Config(KnownClasses.OandaTick, ["EUR_USD"], ("url", Venue.Url + path))));
        var peer = await Venue.AcceptAsync();
        Assert.StartsWith($"/v3/accounts/{OandaEmulator.Account}/pricing/stream?", peer.Request, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(120)]
    [InlineData(100_000)]
    public async Task Lines_in_chunks_of_any_size_with_either_line_end_come_out_whole(int chunk)
    {
        await using var run = Ticks();
        var peer = await Venue.AcceptAsync();
        var text = string.Concat(Enumerable.Range(1, 20).Select(i => Price(i, i + 1, At(i)) + (i % 2 == 0 ? "\n" : "\r\n") + (i % 5 == 0 ? "\r\n\n" : "")));
        await peer.SendRawAsync(text, chunk);
        await run.UntilCountAsync(20);
        Assert.Equal(Enumerable.Range(1, 20).Select(i => $"EUR_USD {i} {i + 1}"), run.Messages.Select(Tick));
        Assert.Equal((0, 0), (run.Count(FeedCounters.Undecodable), run.Count(FeedCounters.Unknown)));
    }

    [Fact]
    public async Task Prices_of_every_shape_keep_their_digits_and_their_time()
    {
        await using var run = Ticks();
        var peer = await Venue.AcceptAsync();
        await peer.SendAsync(Price(1.1m, 1.2m, "2030-01-01T00:00:00Z"));
        await peer.SendAsync(Price(1.3m, 1.4m, "2030-01-01T00:00:00.1234567Z"));
        await peer.SendAsync(Price(1.5m, 1.6m, "2030-01-01T00:00:00.123456789Z"));
        // Without the flag, with more members, in another order, the time in UNIX form.
        await peer.SendAsync("""{"instrument":"EUR_USD","status":"tradeable","more":{"a":[1]},"asks":[],"bids":[{"liquidity":"7","price":"1.164440"}],"time":"1893456001.000000001","type":"PRICE"}""");
        await peer.SendAsync("""{"type":"PRICE","time":"2030-01-01T00:00:02Z","bids":[],"asks":[],"closeoutBid":"1.1","closeoutAsk":"1.2","tradeable":true,"instrument":"EUR_USD"}""");
        await peer.SendAsync("""{"type":"PRICE","time":"2030-01-01T00:""");
        await peer.SendAsync("""{"type":"DIVIDEND","time":"2030-01-01T00:00:00Z"}""");
        await peer.SendAsync(Price(7, 8, instrument: "GBP_USD"));
        await peer.SendAsync(Price(1.7m, 1.8m, "2030-01-01T00:00:03Z"));
        await run.UntilCountAsync(5);
        Assert.Equal(
            ["EUR_USD 1.1 1.2", "EUR_USD 1.3 1.4", "EUR_USD 1.5 1.6", "EUR_USD 1.16444 ", "EUR_USD 1.7 1.8"], run.Messages.Select(Tick));
        const long Second = 1_893_456_000_000_000_000;
        Assert.Equal([Second, Second + 123_456_700, Second + 123_456_789, Second + 1_000_000_001, Second + 3_000_000_000], run.Messages.Select(m => m.TimestampNs));
        Assert.Equal((1, 2), (run.Count(FeedCounters.Undecodable), run.Count(FeedCounters.Unknown)));
        Assert.Equal(1, Venue.Attempts);
    }

    [Fact]
    public async Task A_halted_instrument_is_named_and_its_last_price_is_no_quote()
    {
        await using var run = Ticks("EUR_USD", "XAU_USD");
        var peer = await Venue.AcceptAsync();
        await peer.SendAsync(Price(1, 2, At(1)));
        await peer.SendAsync(Price(4605, 4606, "2029-12-28T22:00:00Z", "XAU_USD", tradeable: false));
        await run.UntilAsync(() => run.Now == new FeedStatus.Snapshot(FeedPhase.Live, "data flow; halted: XAU_USD"), "one halted");
        await peer.SendAsync(Price(1, 2, At(2), tradeable: false));
        await run.UntilAsync(() => run.Now.Reason == "data flow; every instrument is halted (a closed market?)", "both halted");
        Assert.Equal(2, run.Count("halted_instruments"));
        await peer.SendAsync(Price(4607, 4608, At(3), "XAU_USD"));
        await peer.SendAsync(Price(3, 4, At(4)));
        await run.UntilCountAsync(3);
        Assert.Equal(["EUR_USD 1 2", "XAU_USD 4607 4608", "EUR_USD 3 4"], run.Messages.Select(Tick));
        Assert.Equal(new FeedStatus.Snapshot(FeedPhase.Live, "data flow"), run.Now);
        Assert.Equal((0, 2), (run.Count("halted_instruments"), run.Count("unpublished_prices")));
    }

    [Fact]
    public async Task Heartbeats_alone_are_a_healthy_stream_for_hours()
    {
        await using var run = Ticks();
        var peer = await Venue.AcceptAsync();
        await peer.SendAsync(Price(1, 2, "2029-12-28T22:00:00Z", tradeable: false));
        await run.UntilPhaseAsync(FeedPhase.Live);
        for (var i = 1; i <= 400; i++)
        {
            // Ever later ones, so that it shows when each has been read.
            var skew = run.Count(FeedCounters.ClockSkewMs);
            await peer.SendAsync(Heartbeat(Clock.GetUtcNow().AddSeconds(-10 * i).ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture)));
            await run.UntilAsync(() => run.Count(FeedCounters.ClockSkewMs) > skew, "the heartbeat is read");
            Clock.Advance(TimeSpan.FromSeconds(9));
        }

        Assert.Equal((FeedPhase.Live, 1), (run.Now.Phase, Venue.Attempts));
        Assert.Empty(run.Messages);
    }

    [Fact]
    public async Task Repeated_and_late_prices_are_dropped_and_counted()
    {
        await using var run = Ticks();
        var peer = await Venue.AcceptAsync();
        await peer.SendAsync(Price(1, 2, At(5)));
        await peer.SendAsync(Price(1, 2, At(5)));
        await peer.SendAsync(Price(9, 9, At(4)));
        await peer.SendAsync(Price(3, 4, At(6)));
        await run.UntilCountAsync(2);
        Assert.Equal(["EUR_USD 1 2", "EUR_USD 3 4"], run.Messages.Select(Tick));
        Assert.Equal(2, run.Count(FeedCounters.Repeated));
    }

    [Fact]
    public async Task A_slow_publisher_gets_the_newest_of_every_instrument_and_the_rest_is_counted()
    {
        using var gate = new SemaphoreSlim(0);
        await using var run = new FeedRun(Source(Config(KnownClasses.OandaTick, ["EUR_USD", "USD_JPY"], ("queue_capacity", "2"))), gate);
        var peer = await Venue.AcceptAsync();
        await peer.SendAsync(Price(157, 158, At(1), "USD_JPY"));
        const int Burst = 3000;
        await peer.SendRawAsync(string.Concat(Enumerable.Range(1, Burst).Select(i => Price(i, i + 1, At(i)) + "\n")));
        await peer.SendAsync(Price(158, 159, At(2), "USD_JPY"));
        await peer.SendAsync("""{"type":"burst has ended"}""");
        await run.UntilAsync(() => run.Count(FeedCounters.Unknown) == 1, "the burst is read");
        gate.Release(Burst);
        await run.UntilAsync(() => run.Messages.Count + run.Count(FeedCounters.Dropped) == Burst + 2, "all is accounted for");
        Assert.InRange(run.Messages.Count, 4, 10);
        Assert.Equal($"EUR_USD {Burst} {Burst + 1}", run.Messages.Select(Tick).Last(t => t.StartsWith('E')));
        Assert.Equal("USD_JPY 158 159", run.Messages.Select(Tick).Last(t => t.StartsWith('U')));
    }

    [Fact]
    public async Task An_instrument_that_the_account_does_not_have_is_named_and_the_others_flow()
    {
        await using var run = Ticks("EUR_USD", "EUR_DOGE", "USD_JPY");
        var peer = await Venue.AcceptAsync(Clock);
        Assert.Contains("instruments=EUR_USD%2CUSD_JPY&", peer.Request, StringComparison.Ordinal);
        await peer.SendAsync(Price(1, 2));
        await run.UntilCountAsync(1);
        Assert.Equal(new FeedStatus.Snapshot(FeedPhase.Live, "data flow; the account has no EUR_DOGE"), run.Now);
        Assert.Equal((1, 2), (run.Count(FeedCounters.RefusedSubscriptions), Venue.Attempts));
        Assert.Contains("no instrument EUR_DOGE", Log.All, StringComparison.Ordinal);
    }

    [Fact]
    public async Task When_the_account_has_none_of_the_instruments_the_feed_says_so()
    {
        await using var run = Ticks("EUR_DOGE");
        await run.UntilPhaseAsync(FeedPhase.Refused);
        Assert.Equal("127.0.0.1 answered HTTP 400 (Invalid value specified for 'instruments'), request 42", run.Now.Reason);
    }
}
