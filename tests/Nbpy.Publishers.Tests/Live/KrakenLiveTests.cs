using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Nbpy.Messaging;
using Nbpy.Publishers.Kraken;
using Nbpy.Publishers.Live;
using Nbpy.Publishers.Tests.Simulation;
using Nbpy.ServiceDefaults;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Tests.Live;

public sealed class KrakenLiveTests
{
    private const string Status = """{"channel":"status","type":"update","data":[{"version":"2.0.10","system":"online","api_version":"v2","connection_id":18266300427528990701}]}""";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(50);

    private static string Ticker(decimal bid, string symbol = "BTC/USD") => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $$"""{"channel":"ticker","type":"update","data":[{"symbol":"{{symbol}}","bid":{{bid}},"bid_qty":1,"ask":{{bid + 1}},"ask_qty":1,"last":{{bid}},"volume":10.5,"vwap":100.25,"low":1,"high":2,"change":0,"change_pct":0,"timestamp":"2030-01-01T00:00:00.000001Z","trades":7}]}""");

    [Fact]
    public async Task Tickers_come_with_the_venues_time_and_a_refused_symbol_is_not_fatal_to_the_others()
    {
        await using var venue = await KrakenEmulator.StartAsync(async (_, peer) =>
        {
            await peer.SendAsync(Status);
            await peer.AcceptAsync("XBT/USD");
            await peer.SendInPiecesAsync(Ticker(100.5m));
            await peer.SendAsync("""{"channel":"something_new","data":[]}""");
            await peer.SendAsync("not json");
            await peer.SendAsync(Ticker(101.5m));
            await peer.HeartbeatAsync(Beat);
        });
        var source = Source(KnownClasses.KrakenTick, venue, instruments: ["BTC/USD", "XBT/USD"]);
        var messages = await TakeAsync(source, 2);
        Assert.Equal([100.5, 101.5], messages.Select(m => m.Number("bid")));
        Assert.Equal(1_893_456_000_000_001_000, messages[0].TimestampNs);
        Assert.Equal(1, source.Status.Counters[FeedCounters.Unknown]);
        Assert.Equal(1, source.Status.Counters[FeedCounters.Undecodable]);
        Assert.Equal(["BTC/USD", "XBT/USD"], venue.Requests.First().GetProperty("params").GetProperty("symbol").EnumerateArray().Select(s => s.GetString()!));
    }

    [Fact]
    public async Task When_every_symbol_is_refused_the_feed_is_refused_with_the_venues_words()
    {
        await using var venue = await KrakenEmulator.StartAsync(async (_, peer) =>
        {
            await peer.AcceptAsync("XBT/USD");
            await peer.HeartbeatAsync(Beat);
        });
        var source = Source(KnownClasses.KrakenTick, venue, instruments: ["XBT/USD"]);
        await RunUntilAsync(source, () => source.Status.Current.Phase == FeedPhase.Refused);
        Assert.Contains("Currency pair not supported", source.Status.Current.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_silent_connection_is_stale_and_then_replaced_and_the_reconnect_is_counted()
    {
        await using var venue = await KrakenEmulator.StartAsync(async (connection, peer) =>
        {
            await peer.AcceptAsync();
            await peer.SendAsync(Ticker(100 + connection));
            if (connection == 1)
                await Task.Delay(Limit);
            await peer.HeartbeatAsync(Beat);
        });
        var source = Source(KnownClasses.KrakenTick, venue);
        var phases = new List<FeedPhase>();
        source.Status.Changed += s => phases.Add(s.Phase);
        var messages = await TakeAsync(source, 2);
        Assert.Equal([101.0, 102.0], messages.Select(m => m.Number("bid")));
        Assert.Equal(1, source.Status.Counters[FeedCounters.Reconnects]);
        Assert.Equal([FeedPhase.Subscribed, FeedPhase.Live, FeedPhase.Stale, FeedPhase.Connecting, FeedPhase.Subscribed, FeedPhase.Live], phases);
    }

    [Fact]
    public async Task A_connection_cut_in_the_middle_of_a_message_publishes_nothing_of_it()
    {
        await using var venue = await KrakenEmulator.StartAsync(async (connection, peer) =>
        {
            await peer.AcceptAsync();
            if (connection == 1)
            {
                peer.Abort();
                return;
            }

            await peer.SendAsync(Ticker(7));
            await peer.HeartbeatAsync(Beat);
        });
        Assert.Equal(7, (await TakeAsync(Source(KnownClasses.KrakenTick, venue), 1))[0].Number("bid"));
        Assert.Equal(2, venue.Connections);
    }

    [Fact]
    public async Task The_recorded_book_is_followed_and_one_bad_checksum_leads_to_one_resubscription_of_that_symbol_with_nothing_published_meanwhile()
    {
        var frames = BookFrames();
        const int spoiled = 20;
        await using var venue = await KrakenEmulator.StartAsync(async (_, peer) =>
        {
            await peer.AcceptAsync();
            for (var i = 0; i < spoiled; i++)
                await peer.SendAsync(frames[i]);

            // One update is lost: the following ones no longer fit.
            await peer.SendAsync(frames[spoiled + 1]);
            await peer.SendAsync(frames[spoiled + 2]);
            var unsubscribe = await peer.ReceiveAsync();
            Assert.Equal("unsubscribe", unsubscribe.GetProperty("method").GetString());
            await peer.SendAsync(frames[spoiled + 3]);
            await peer.AcceptAsync();
            foreach (var frame in frames)
                await peer.SendAsync(frame);
            await peer.HeartbeatAsync(Beat);
        });
        var decoder = new KrakenDecoder(10);
        var expected = new List<string>();
        foreach (var frame in frames.Take(spoiled).Concat(frames))
        {
            decoder.Decode(System.Text.Encoding.UTF8.GetBytes(frame));
            foreach (var book in decoder.Books)
                for (var i = 0; i < book.LevelCount; i++)
                    expected.Add(KrakenMessages.ToMessage(book.Symbol, decoder.Levels[book.FirstLevel + i], book.TimestampNs ?? 0).Text());
        }

        var source = Source(KnownClasses.KrakenDepth, venue);
        var messages = await TakeAsync(source, expected.Count);
        Assert.Equal(expected.Count, messages.Count);
        Assert.Equal(1, source.Status.Counters[FeedCounters.Resyncs]);
        Assert.Equal(["subscribe", "unsubscribe", "subscribe"], venue.Requests.Select(r => r.GetProperty("method").GetString()!));
        Assert.False(source.Status.Counters.ContainsKey(FeedCounters.Reconnects));

        Assert.Equal(expected, messages.Select(m => m.Text()));
    }

    [Fact]
    public async Task Trades_are_published_once_over_a_reconnect_and_history_never()
    {
        static string Trade(int id, string type = "update") =>
            $$"""{"channel":"trade","type":"{{type}}","data":[{"symbol":"BTC/USD","side":"sell","price":0.5117,"qty":40.0,"ord_type":"market","trade_id":{{id}},"timestamp":"2023-09-25T07:49:37.708706Z"}]}""";
        await using var venue = await KrakenEmulator.StartAsync(async (connection, peer) =>
        {
            await peer.AcceptAsync();
            if (connection == 1)
            {
                await peer.SendAsync(Trade(1, "snapshot"));
                await peer.SendAsync(Trade(2));
                await peer.SendAsync(Trade(3));
                await Task.Delay(200);
                peer.Abort();
                return;
            }

            await peer.SendAsync(Trade(3));
            await peer.SendAsync(Trade(4));
            await peer.HeartbeatAsync(Beat);
        });
        var source = Source(KnownClasses.KrakenOrders, venue, ("channel", "trade"));
        var messages = await TakeAsync(source, 3);
        Assert.Equal(["2", "3", "4"], messages.Select(m => m.Name("order_id")));
        Assert.Equal(1, source.Status.Counters[FeedCounters.Repeated]);
    }

    [Fact]
    public void The_signature_is_the_documentations()
    {
        // The dummy key of Kraken's documentation of REST authentication.
        const string secret = "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg==";
        Assert.Equal(
            "4/dpxb3iT4tp/ZCVEwSnEsLxx0bqyhLpdfOpc6fn7OR8+UClSV5n9E6aSS8MPtnRfp32bAb0nmbRn6H8ndwLUQ==",
            KrakenRest.Sign("/0/private/AddOrder", "1616492376594", "nonce=1616492376594&ordertype=limit&pair=XBTUSD&price=37500&type=buy&volume=1.25", secret));
    }

    [Fact]
    public async Task Wrong_keys_are_a_refusal_without_the_keys_in_it()
    {
        await using var venue = await KrakenEmulator.StartAsync((_, _) => Task.CompletedTask, context => context.Response.WriteAsync("""{"error":["EAPI:Invalid key"]}"""));
        Environment.SetEnvironmentVariable("NBPY_TEST_KRAKEN_KEY", "planted-key");
        Environment.SetEnvironmentVariable("NBPY_TEST_KRAKEN_SECRET", Convert.ToBase64String("planted-secret"u8));
        var source = Source(
            KnownClasses.KrakenOrders, venue, ("private_url", venue.Url.Replace("http", "ws", StringComparison.Ordinal)), ("rest_url", venue.Url),
            ("api_key_env", "NBPY_TEST_KRAKEN_KEY"), ("api_secret_env", "NBPY_TEST_KRAKEN_SECRET"));
        await RunUntilAsync(source, () => source.Status.Current.Phase == FeedPhase.Refused);
        Assert.Contains("EAPI:Invalid key", source.Status.Current.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain("planted", source.Status.Current.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_depth_that_Kraken_does_not_offer_is_refused_at_once() =>
        Assert.Contains("10, 25", Assert.Throws<ServiceStartException>(() => LiveFeeds.Create(Config(KnownClasses.KrakenDepth, "ws://localhost", [("depth", "11")]), TimeProvider.System, NullLogger.Instance)).Message, StringComparison.Ordinal);

    private static List<string> BookFrames() =>
        [.. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Replay", "feeds", "kraken", "book_v2_btcusd_d10.wire.jsonl")).Where(l => l.Length > 0)
            .Select(l => System.Text.Encoding.UTF8.GetString(Nbpy.Publishers.Replay.RecordedLine.Parse(System.Text.Encoding.UTF8.GetBytes(l)).Payload.Span))
            .Where(l => l.Contains("\"channel\":\"book\"", StringComparison.Ordinal) && l.Contains("\"data\"", StringComparison.Ordinal))];

    private static PublisherConfig Config(string publisherClass, string url, (string Key, string Value)[] options, string[]? instruments = null) => new()
    {
        Name = "p", Class = publisherClass, Port = 1, Topic = "t", Instruments = instruments ?? ["BTC/USD"],
        Options = options.Append(("url", url)).Append(("timing_scale", "0.1")).ToDictionary(o => o.Item1, o => o.Item2),
    };

    private static LiveSource Source(string publisherClass, KrakenEmulator venue, params (string, string)[] options) =>
        LiveFeeds.Create(Config(publisherClass, venue.Url.Replace("http", "ws", StringComparison.Ordinal) + "/v2", options), TimeProvider.System, NullLogger.Instance);

    private static LiveSource Source(string publisherClass, KrakenEmulator venue, string[] instruments) =>
        LiveFeeds.Create(Config(publisherClass, venue.Url.Replace("http", "ws", StringComparison.Ordinal) + "/v2", [], instruments), TimeProvider.System, NullLogger.Instance);

    private static async Task<List<MarketMessage>> TakeAsync(LiveSource source, int count)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Limit);
        var messages = new List<MarketMessage>();
        await foreach (var message in source.ReadAsync(limit.Token))
        {
            messages.Add(message);
            if (messages.Count == count)
                break;
        }

        return messages;
    }

    private static async Task RunUntilAsync(LiveSource source, Func<bool> condition)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var running = Task.Run(async () =>
        {
            await foreach (var message in source.ReadAsync(stop.Token))
                Assert.Fail($"Nothing was to be published, and {message.Text()} was.");
        });
        var start = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Limit, source.Status.Current.ToString());
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }
}
