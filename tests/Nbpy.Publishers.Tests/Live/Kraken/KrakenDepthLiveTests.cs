using System.Globalization;
using System.Text;
using System.Text.Json;
using Nbpy.Messaging;
using Nbpy.Publishers.Live;
using Nbpy.Publishers.Tests.Replay;
using Nbpy.ServiceDefaults;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Tests.Live.Kraken;

public sealed class KrakenDepthLiveTests : KrakenTests
{
    private static readonly string[] Btc = ["BTC/USD"];

    [Fact]
    public async Task The_composed_session_ends_in_its_book_with_one_new_subscription_and_nothing_of_the_corrupted_update()
    {
        var frames = Feeds.Steps(Feeds.Bundled("kraken/session_public_composed.jsonl"))
            .Where(s => s.Direction == "s2c").Select(s => (Text: Encoding.UTF8.GetString(s.Frame), s.Expect))
            .Where(s => s.Text.Contains("\"channel\":\"book\",\"type\"", StringComparison.Ordinal) || s.Text.Contains("heartbeat", StringComparison.Ordinal)).ToList();
        var corrupted = frames.FindIndex(s => s.Expect is not null);
        Assert.True(corrupted > 60);

        await using var run = new FeedRun(Source(Config(KnownClasses.KrakenDepth, Btc)));
        var peer = await Venue.AcceptAsync();
        var request = await peer.WelcomeAsync();
        AssertRequest("""{"method":"subscribe","params":{"channel":"book","symbol":["BTC/USD"],"depth":10,"snapshot":true},"req_id":1}""", request);
        foreach (var (text, _) in frames.Take(corrupted + 1))
            await peer.SendAsync(text);
        request = await peer.NextAsync(Clock);
        AssertRequest("""{"method":"unsubscribe","params":{"channel":"book","symbol":["BTC/USD"],"depth":10},"req_id":2}""", request);
        Assert.Equal(FeedPhase.Stale, run.Now.Phase);
        Assert.StartsWith("BTC/USD: checksum 580553142 does not fit", run.Now.Reason, StringComparison.Ordinal);
        var before = run.Messages.Count;
        // What comes before the venue has understood counts for nothing.
        await peer.SendAsync(frames[corrupted - 1].Text);
        await peer.AcknowledgeAsync(request);
        request = await peer.NextAsync(Clock);
        AssertRequest("""{"method":"subscribe","params":{"channel":"book","symbol":["BTC/USD"],"depth":10,"snapshot":true},"req_id":3}""", request);
        await peer.AcknowledgeAsync(request);
        Assert.Equal(before, run.Messages.Count);
        foreach (var (text, _) in frames.Skip(corrupted + 1))
            await peer.SendAsync(text);
        await run.UntilCountAsync(before + 10);
        await run.UntilPhaseAsync(FeedPhase.Live);
        Assert.Equal(1, run.Count(FeedCounters.Resyncs));
        Assert.False(peer.HasRequest);

        using var expected = JsonDocument.Parse(File.ReadAllText(Feeds.Fixture("Kraken", "session_public_composed.expected.json")));
        Assert.Equal(Book(expected.RootElement.GetProperty("final")), Book(run.Messages));
        // And on the way there: every book that is expected after so many updates.
        foreach (var book in expected.RootElement.GetProperty("expected_book").EnumerateArray())
        {
            var updates = book.GetProperty("after_book_update").GetInt32();
            var time = TimeOf(frames.Where(f => f.Text.Contains("\"channel\":\"book\"", StringComparison.Ordinal)).ElementAt(updates).Text);
            Assert.Equal(Book(book), Book(run.Messages.TakeWhile(m => m.TimestampNs <= time)));
        }
    }

    [Fact]
    public async Task The_recorded_book_arrives_whole_in_frames_of_any_size()
    {
        await using var run = new FeedRun(Source(Config(KnownClasses.KrakenDepth, Btc)));
        var peer = await Venue.AcceptAsync();
        await peer.WelcomeAsync();
        var size = 1;
        foreach (var line in Feeds.Lines(Feeds.Bundled("kraken/book_v2_btcusd_d10.wire.jsonl")))
        {
            var text = Encoding.UTF8.GetString(line);
            using var document = JsonDocument.Parse(text);
            await peer.SendAsync(document.RootElement.TryGetProperty("raw", out var raw) ? raw.GetString()! : text, frame: 50 + (size++ % 300));
        }

        await peer.SendAsync("""{"channel":"the end"}""");
        await run.UntilAsync(() => run.Count(FeedCounters.Unknown) == 1, "all is read");
        using var expected = JsonDocument.Parse(File.ReadAllText(Feeds.Fixture("Kraken", "book_v2_btcusd_d10.expected.json")));
        var last = Last(expected.RootElement);
        await run.UntilAsync(() => Book(run.Messages).SequenceEqual(Book(last)), "the last book");
        Assert.Equal((0, 0), (run.Count(FeedCounters.Resyncs), run.Count(FeedCounters.Undecodable)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_wrong_checksum_or_a_lost_update_resynchronises_that_pair_only(bool wrongChecksum)
    {
        var bad = new VenueBook("BTC/USD").Fill();
        var good = new VenueBook("ETH/USD").Fill();
        await using var run = new FeedRun(Source(Config(KnownClasses.KrakenDepth, ["BTC/USD", "ETH/USD"])));
        var peer = await Venue.AcceptAsync();
        await peer.WelcomeAsync();
        await peer.SendAsync(bad.Snapshot());
        await peer.SendAsync(good.Snapshot());
        await run.UntilCountAsync(20);
        var lost = bad.SetBest(55);
        if (wrongChecksum)
            await peer.SendAsync(VenueBook.WithWrongChecksum(lost));
        else
            await peer.SendAsync(bad.SetBestAsk(56));
        var request = await peer.NextAsync(Clock);
        AssertRequest("""{"method":"unsubscribe","params":{"channel":"book","symbol":["BTC/USD"],"depth":10},"req_id":2}""", request);
        // The other pair goes on, this one is silent, and the feed says so.
        await peer.SendAsync(bad.SetBest(66));
        await peer.SendAsync(good.SetBest(77));
        await run.UntilCountAsync(21);
        Assert.Equal("ETH/USD", run.Messages[20].Get("pair"));
        Assert.Equal(FeedPhase.Live, run.Now.Phase);
        Assert.Contains("BTC/USD: checksum", run.Now.Reason, StringComparison.Ordinal);
        await peer.AcknowledgeAsync(request);
        await peer.AcknowledgeAsync(await peer.NextAsync(Clock));
        await peer.SendAsync(bad.SetBest(88));
        await peer.SendAsync(bad.Snapshot());
        await run.UntilCountAsync(31);
        await run.UntilAsync(() => run.Now == new FeedStatus.Snapshot(FeedPhase.Live, "data flow"), "all is well");
        Assert.Equal(bad.Levels, Book(run.Messages.Where(m => (string)m.Get("pair")! == "BTC/USD")));
        Assert.DoesNotContain(run.Messages, m => m.Get("bid_size") is 55.0 or 66.0);
        Assert.Equal((1, 1, 0), (run.Count(FeedCounters.Resyncs), Venue.Attempts, run.Count(FeedCounters.RefusedSubscriptions)));
    }

    [Theory]
    [InlineData("\"bids\":[", "\"bids\":[7,", "BTC/USD", false)]
    [InlineData("\"symbol\":\"BTC/USD\"", "\"symbol\":7", "BTC/USD,ETH/USD", true)]
    public async Task A_message_of_a_book_that_cannot_be_decoded_is_a_lost_one(string from, string to, string pairs, bool all)
    {
        var btc = new VenueBook("BTC/USD").Fill();
        var eth = new VenueBook("ETH/USD").Fill();
        await using var run = new FeedRun(Source(Config(KnownClasses.KrakenDepth, ["BTC/USD", "ETH/USD"])));
        var peer = await Venue.AcceptAsync();
        await peer.WelcomeAsync();
        await peer.SendAsync(btc.Snapshot());
        await peer.SendAsync(eth.Snapshot());
        await run.UntilCountAsync(20);
        // One of another channel is none of the books'.
        await peer.SendAsync("""{"channel":"ticker","type":"upd""");
        await peer.SendAsync(btc.SetBest(55).Replace(from, to, StringComparison.Ordinal));
        var request = await peer.NextAsync(Clock);
        Assert.Equal("unsubscribe", request.GetProperty("method").GetString());
        Assert.Equal(pairs, string.Join(',', request.GetProperty("params").GetProperty("symbol").EnumerateArray().Select(s => s.GetString())));
        Assert.Contains("BTC/USD: a message of its book cannot be decoded", run.Now.Reason, StringComparison.Ordinal);
        Assert.Equal((2, all ? 2 : 1), (run.Count(FeedCounters.Undecodable), run.Count(FeedCounters.Resyncs)));
        // Nothing of the old book is told, whatever fits.
        await peer.SendAsync(btc.SetBest(66));
        await peer.AcknowledgeAsync(request);
        await peer.AcknowledgeAsync(await peer.NextAsync(Clock));
        await peer.SendAsync(btc.Snapshot());
        await peer.SendAsync(eth.Snapshot());
        await run.UntilAsync(() => run.Now == new FeedStatus.Snapshot(FeedPhase.Live, "data flow"), "all is well");
        await run.UntilCountAsync(all ? 40 : 30);
        Assert.Equal(btc.Levels, Book(run.Messages.Where(m => (string)m.Get("pair")! == "BTC/USD")));
        Assert.Equal(1, run.Count("ignored_book_updates"));
    }

    [Fact]
    public async Task As_many_levels_are_published_as_depth_asks_for()
    {
        var book = new VenueBook("BTC/USD", depth: 25).Fill();
        await using var run = new FeedRun(Source(Config(KnownClasses.KrakenDepth, Btc, ("depth", "25"))));
        var peer = await Venue.AcceptAsync();
        Assert.Equal(25, (await peer.WelcomeAsync()).GetProperty("params").GetProperty("depth").GetInt32());
        await peer.SendAsync(book.Snapshot());
        await run.UntilCountAsync(25);
        Assert.Equal(book.Levels, Book(run.Messages));
        Assert.Equal(UnixTime.NowNs(Clock), run.Messages[24].ReceivedNs);
    }

    [Fact]
    public async Task A_book_that_never_fits_is_asked_for_ever_more_seldom()
    {
        var book = new VenueBook("BTC/USD").Fill();
        await using var run = new FeedRun(Source(Config(KnownClasses.KrakenDepth, Btc)));
        var peer = await Venue.AcceptAsync();
        await peer.WelcomeAsync();
        var waits = new List<double>();
        for (var i = 0; i < 4; i++)
        {
            await peer.SendAsync(VenueBook.WithWrongChecksum(book.Snapshot()));
            await peer.AcknowledgeAsync(await peer.NextAsync(Clock));
            var at = Clock.GetUtcNow();
            while (!peer.HasRequest)
            {
                // Heartbeats: the connection is well.
                await peer.HeartbeatAsync();
                await Task.Delay(10, TestContext.Current.CancellationToken);
                Clock.Advance(TimeSpan.FromMilliseconds(250));
            }

            waits.Add((Clock.GetUtcNow() - at).TotalSeconds);
            await peer.AcknowledgeAsync(await peer.NextAsync());
        }

        Assert.Empty(run.Messages);
        Assert.Equal(FeedPhase.Stale, run.Now.Phase);
        Assert.True(waits[0] < 2 && waits[1] >= 2 && waits[2] >= 4 && waits[3] >= 8, string.Join(' ', waits));
    }

    [Fact]
    public async Task Repeated_messages_change_nothing_and_an_update_before_the_snapshot_counts_for_nothing()
    {
        var book = new VenueBook("BTC/USD").Fill();
        await using var run = new FeedRun(Source(Config(KnownClasses.KrakenDepth, Btc)));
        var peer = await Venue.AcceptAsync();
        await peer.WelcomeAsync();
        await peer.SendAsync(book.SetBest(3));
        var snapshot = book.Snapshot();
        await peer.SendAsync(snapshot);
        await peer.SendAsync(snapshot);
        var update = book.SetBest(4);
        await peer.SendAsync(update);
        await peer.SendAsync(update);
        await peer.SendAsync(book.SetBest(9));
        await run.UntilCountAsync(12);
        Assert.Equal([3.0, 4.0, 9.0], run.Messages.Where(m => (string)m.Get("level")! == "1").Select(m => m.Get("bid_size")));
        Assert.Equal(12, run.Messages.Count);
        Assert.Equal((1, 0), (run.Count("ignored_book_updates"), run.Count(FeedCounters.Resyncs)));
    }

    [Fact]
    public async Task After_a_reconnect_only_the_new_snapshot_counts()
    {
        var book = new VenueBook("BTC/USD").Fill();
        await using var run = new FeedRun(Source(Config(KnownClasses.KrakenDepth, Btc)));
        var peer = await Venue.AcceptAsync();
        await peer.WelcomeAsync();
        await peer.SendAsync(book.Snapshot());
        await run.UntilCountAsync(10);
        peer.Abort();
        book.SetBest(55);
        peer = await Venue.AcceptAsync(Clock);
        await peer.WelcomeAsync();
        await peer.SendAsync(book.SetBest(66));
        await peer.SendAsync(book.Snapshot());
        await run.UntilCountAsync(20);
        Assert.Equal(book.Levels, Book(run.Messages));
        Assert.DoesNotContain(run.Messages, m => m.Get("bid_size") is 55.0);
        Assert.Equal(1, run.Count(FeedCounters.Reconnects));
    }

    [Fact]
    public async Task A_missing_snapshot_is_asked_for()
    {
        var book = new VenueBook("BTC/USD").Fill();
        await using var run = new FeedRun(Source(Config(KnownClasses.KrakenDepth, Btc)));
        var peer = await Venue.AcceptAsync();
        await peer.WelcomeAsync();
        while (!peer.HasRequest)
        {
            await peer.HeartbeatAsync();
            await Task.Delay(10, TestContext.Current.CancellationToken);
            Clock.Advance(TimeSpan.FromMilliseconds(500));
        }

        var request = await peer.NextAsync();
        Assert.Equal("unsubscribe", request.GetProperty("method").GetString());
        Assert.Equal(new FeedStatus.Snapshot(FeedPhase.Stale, "BTC/USD: no snapshot came"), run.Now);
        await peer.SendAsync($$"""{"error":"Subscription Not Found","method":"unsubscribe","req_id":{{KrakenPeer.Id(request)}},"success":false,"symbol":"BTC/USD"}""");
        await peer.AcknowledgeAsync(await peer.NextAsync(Clock));
        await peer.SendAsync(book.Snapshot());
        await run.UntilCountAsync(10);
    }

    [Fact]
    public async Task A_publisher_slower_than_the_venue_gets_a_new_book_and_never_half_of_one()
    {
        using var gate = new SemaphoreSlim(0);
        var book = new VenueBook("BTC/USD").Fill();
        await using var run = new FeedRun(Source(Config(KnownClasses.KrakenDepth, Btc, ("queue_capacity", "30"))), gate);
        var peer = await Venue.AcceptAsync();
        await peer.WelcomeAsync();
        await peer.SendAsync(book.Snapshot());
        for (var i = 1; i <= 100; i++)
            await peer.SendAsync(book.SetBest(1000 + i));
        var request = await peer.NextAsync(Clock);
        Assert.Equal("unsubscribe", request.GetProperty("method").GetString());
        Assert.Contains("slower than the venue", run.Now.Reason, StringComparison.Ordinal);
        gate.Release(1000);
        await run.UntilAsync(() => run.Messages.Count is >= 30 and <= 32, "what was queued comes out");
        var before = run.Messages.Count;
        await peer.AcknowledgeAsync(request);
        await peer.AcknowledgeAsync(await peer.NextAsync(Clock));
        await peer.SendAsync(book.Snapshot());
        await run.UntilCountAsync(before + 10);
        Assert.Equal(book.Levels, Book(run.Messages));
        Assert.Equal(before + 10, run.Messages.Count);
        Assert.Equal((1, 1), (run.Count(FeedCounters.Resyncs), run.Count(FeedCounters.Dropped)));
    }

    [Fact]
    public async Task A_depth_that_kraken_does_not_offer_is_refused_before_anything_is_sent_and_by_the_venue()
    {
        var error = Assert.Throws<ServiceStartException>(() => Source(Config(KnownClasses.KrakenDepth, Btc, ("depth", "27"))));
        Assert.Contains("options.depth is '27'; it has to be 10, 25, 100, 500 or 1000", error.Message, StringComparison.Ordinal);

        await using var run = new FeedRun(Source(Config(KnownClasses.KrakenDepth, Btc, ("depth", "1000"))));
        var peer = await Venue.AcceptAsync();
        await peer.StatusAsync();
        var request = await peer.NextAsync();
        Assert.Equal(1000, request.GetProperty("params").GetProperty("depth").GetInt32());
        await peer.RefuseAsync(request, "Subscription depth not supported");
        await run.UntilPhaseAsync(FeedPhase.Refused);
        Assert.Contains("BTC/USD: Subscription depth not supported", run.Now.Reason, StringComparison.Ordinal);
    }

    private static void AssertRequest(string expected, JsonElement request)
    {
        using var document = JsonDocument.Parse(expected);
        Assert.True(JsonElement.DeepEquals(document.RootElement, request), request.GetRawText());
    }

    private static long TimeOf(string frame)
    {
        using var document = JsonDocument.Parse(frame);
        Assert.True(Decoding.Rfc3339.TryParse(document.RootElement.GetProperty("data")[0].GetProperty("timestamp").GetString(), out var time));
        return time;
    }

    private static JsonElement Last(JsonElement expected) => expected.ValueKind == JsonValueKind.Array
        ? expected[expected.GetArrayLength() - 1]
        : expected.TryGetProperty("final", out var final) ? final
        : expected.EnumerateObject().First(p => p.Value.ValueKind == JsonValueKind.Array).Value.EnumerateArray().Last();

    private static IEnumerable<(double, double, double, double)> Book(JsonElement book) =>
        book.GetProperty("bids").EnumerateArray().Zip(book.GetProperty("asks").EnumerateArray(), (bid, ask) =>
            (Number(bid[0]), Number(bid[1]), Number(ask[0]), Number(ask[1])));

    private static double Number(JsonElement text) => double.Parse(text.GetString()!, CultureInfo.InvariantCulture);

    // What somebody who follows the messages has.
    private static IEnumerable<(double, double, double, double)> Book(IEnumerable<MarketMessage> messages)
    {
        var levels = new SortedDictionary<int, MarketMessage>();
        foreach (var message in messages)
            levels[int.Parse((string)message.Get("level")!, CultureInfo.InvariantCulture)] = message;
        return [.. levels.Values.Select(m =>
            ((double)m.Get("bid_price")!, (double)m.Get("bid_size")!, (double)m.Get("ask_price")!, (double)m.Get("ask_size")!))];
    }
}
