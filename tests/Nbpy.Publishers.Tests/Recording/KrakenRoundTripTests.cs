using System.Text;
using Nbpy.Publishers.Live;
using Nbpy.Publishers.Tests.Live;
using Nbpy.Publishers.Tests.Live.Kraken;
using Nbpy.Publishers.Tests.Replay;
using Nbpy.ServiceDefaults.Configuration;
using static Nbpy.Publishers.Tests.Live.Kraken.KrakenWire;

namespace Nbpy.Publishers.Tests.Recording;

/// <summary>What Kraken's live feeds published, over broken connections and faults, comes again out of their recordings.</summary>
public sealed class KrakenRoundTripTests : KrakenTests
{
    private static readonly string[] Btc = ["BTC/USD"];

    [Fact]
    public async Task Tickers_with_repeats_older_ones_and_none_of_their_own_time_over_two_connections()
    {
        var config = Config(KnownClasses.KrakenTick, ["BTC/USD", "ETH/USD"]);
        using var trip = new RoundTrip(config, Source(config));
        var peer = await Venue.AcceptAsync();
        await peer.WelcomeAsync();
        await peer.SendAsync(Ticker("BTC/USD", 1.10m, 1.2m, type: "snapshot"));
        await peer.SendAsync(Ticker("ETH/USD", 5, 6, time: null));
        await peer.SendAsync(Ticker("BTC/USD", 1.3m, 1.4m, "2030-01-01T00:00:02Z"));
        await peer.SendAsync(Ticker("BTC/USD", 1.0m, 1.1m, "2030-01-01T00:00:01Z"));
        await peer.SendAsync("""{"channel":"ticker","type":""");
        await trip.Run.UntilCountAsync(3);
        peer.Abort();
        peer = await Venue.AcceptAsync(Clock);
        await peer.WelcomeAsync();
        await peer.SendAsync(Ticker("BTC/USD", 1.3m, 1.4m, "2030-01-01T00:00:02Z", type: "snapshot"));
        await peer.SendAsync(Ticker("ETH/USD", 5.5m, 6, time: null));
        await trip.Run.UntilCountAsync(4);
        await trip.AssertSameAsync(4);
    }

    [Fact]
    public async Task The_composed_book_with_its_corrupted_update_and_then_a_new_connection()
    {
        var config = Config(KnownClasses.KrakenDepth, Btc);
        using var trip = new RoundTrip(config, Source(config));
        var peer = await Venue.AcceptAsync();
        await peer.WelcomeAsync();
        var book = new VenueBook("BTC/USD").Fill();
        var random = new Random(5);
        await peer.SendAsync(book.Snapshot());
        for (var i = 0; i < 50; i++)
            await peer.SendAsync(book.Change(random));
        await peer.SendAsync(VenueBook.WithWrongChecksum(book.Change(random)));
        await peer.AcknowledgeAsync(await peer.NextAsync(Clock));
        await peer.AcknowledgeAsync(await peer.NextAsync(Clock));
        await peer.SendAsync(book.Snapshot());
        await peer.SendAsync(book.Change(random));
        await trip.Run.UntilPhaseAsync(FeedPhase.Live);
        peer.Abort();
        peer = await Venue.AcceptAsync(Clock);
        await peer.WelcomeAsync();
        await peer.SendAsync(book.Change(random));
        await peer.SendAsync(book.Snapshot());
        await peer.SendAsync(book.SetBest(77));
        await trip.Run.UntilAsync(() => trip.Run.Messages.Any(m => Equals(m.Get("bid_size"), 77.0)), "the last update");
        Assert.Equal((1, 1), (trip.Run.Count(FeedCounters.Resyncs), trip.Run.Count(FeedCounters.Reconnects)));
        await trip.AssertSameAsync(80);
    }

    [Fact]
    public async Task Trades_with_their_history_and_what_a_reconnect_fills_in()
    {
        var config = Config(KnownClasses.KrakenOrders, Btc, ("channel", "trade"));
        using var trip = new RoundTrip(config, Source(config));
        var peer = await Venue.AcceptAsync();
        await peer.WelcomeAsync();
        await peer.SendAsync(Trades("BTC/USD", snapshot: true, 7, 8, 9));
        await peer.SendAsync(Trades("BTC/USD", snapshot: false, 10, 11));
        await trip.Run.UntilCountAsync(2);
        peer.Abort();
        peer = await Venue.AcceptAsync(Clock);
        await peer.WelcomeAsync();
        await peer.SendAsync(Trades("BTC/USD", snapshot: true, 10, 11, 12, 13));
        await peer.SendAsync(Trades("BTC/USD", snapshot: false, 13, 14));
        await trip.Run.UntilCountAsync(5);
        await trip.AssertSameAsync(5);
    }

    [Fact]
    public async Task Executions_and_neither_key_secret_nor_token_is_in_the_file()
    {
        const string Token = "planted-websocket-token";
        Venue.Rest = (path, _, _) => path == "/0/private/GetWebSocketsToken" ? $$$"""{"error":[],"result":{"token":"{{{Token}}}","expires":900}}""" : null;
        var config = Config(KnownClasses.KrakenOrders, []);
        using var trip = new RoundTrip(config, Source(config), "orders.ndjson");
        var peer = await Venue.AcceptAsync();
        await peer.StatusAsync();
        await peer.AcknowledgeAsync(await peer.NextAsync());
        foreach (var (_, frame, _) in Feeds.Steps(Feeds.Bundled("kraken/session_private_composed.jsonl")).Where(s => s.Direction == "s2c"))
        {
            if (Encoding.UTF8.GetString(frame).Contains("\"channel\":\"executions\",\"type\"", StringComparison.Ordinal))
                await peer.SendAsync(Encoding.UTF8.GetString(frame));
        }

        // No venue says such things; if one does, they are not kept.
        await peer.SendAsync($$"""{"channel":"a new one","token":"{{Token}}","key":"{{Key}}"}""");
        await trip.Run.UntilCountAsync(7);
        await trip.Run.UntilAsync(() => trip.Run.Count(FeedCounters.Unknown) == 1, "all is read");
        await trip.AssertSameAsync(7);
        var text = File.ReadAllText(trip.File);
        Assert.Contains("a new one", text, StringComparison.Ordinal);
        Assert.DoesNotContain(Token, text, StringComparison.Ordinal);
        Assert.DoesNotContain(Key, text, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, text, StringComparison.Ordinal);
    }
}
