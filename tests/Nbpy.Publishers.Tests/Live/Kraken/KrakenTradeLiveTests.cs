using Nbpy.Publishers.Live;
using Nbpy.Publishers.Tests.Replay;
using Nbpy.ServiceDefaults.Configuration;
using static Nbpy.Publishers.Tests.Live.Kraken.KrakenWire;

namespace Nbpy.Publishers.Tests.Live.Kraken;

public sealed class KrakenTradeLiveTests : KrakenTests
{
    private static readonly string[] Btc = ["BTC/USD"];

    [Fact]
    public async Task History_is_not_published_and_a_reconnect_fills_in_what_was_traded_meanwhile_once()
    {
        await using var run = Run();
        var peer = await Venue.AcceptAsync();
        var request = await peer.WelcomeAsync();
        Assert.Equal("trade", request.GetProperty("params").GetProperty("channel").GetString());
        await peer.SendAsync(Trades("BTC/USD", snapshot: true, 7, 8, 9));
        await peer.SendAsync(Trades("BTC/USD", snapshot: false, 10));
        await peer.SendAsync(Trades("BTC/USD", snapshot: false, 11, 12));
        await peer.SendAsync(Trades("BTC/USD", snapshot: false, 11, 12));
        await run.UntilCountAsync(3);
        peer.Abort();
        peer = await Venue.AcceptAsync(Clock);
        await peer.WelcomeAsync();
        await peer.SendAsync(Trades("BTC/USD", snapshot: true, 11, 12, 13, 14));
        await peer.SendAsync(Trades("BTC/USD", snapshot: false, 14, 15));
        await run.UntilCountAsync(6);
        Assert.Equal(["10", "11", "12", "13", "14", "15"], run.Messages.Select(m => m.Get("order_id")));
        Assert.Equal((2, 1), (run.Count(FeedCounters.Backfilled), run.Count(FeedCounters.Reconnects)));
        Assert.Equal(5, run.Count(FeedCounters.Repeated));
        Assert.Equal(0, run.Count("missed_trades"));
        var message = run.Messages[0];
        Assert.Equal(["pair", "status", "type", "side", "exchange", "order_id", "price", "amount", "filled_amount"], message.Keys());
        Assert.Equal(("filled", "limit", "sell", 62810.1), (message.Get("status"), message.Get("type"), message.Get("side"), message.Get("price")));
    }

    [Fact]
    public async Task Trades_that_no_snapshot_reaches_back_to_are_counted_as_missed()
    {
        await using var run = Run();
        var peer = await Venue.AcceptAsync();
        await peer.WelcomeAsync();
        await peer.SendAsync(Trades("BTC/USD", snapshot: true, 1));
        await peer.SendAsync(Trades("BTC/USD", snapshot: false, 2));
        await run.UntilCountAsync(1);
        peer.Abort();
        peer = await Venue.AcceptAsync(Clock);
        await peer.WelcomeAsync();
        await peer.SendAsync(Trades("BTC/USD", snapshot: true, 100, 101));
        await run.UntilCountAsync(3);
        Assert.Equal(["2", "100", "101"], run.Messages.Select(m => m.Get("order_id")));
        Assert.Equal(97, run.Count("missed_trades"));
    }

    [Fact]
    public async Task Trades_out_of_order_are_published_once_each_and_those_that_came_late_after_all_are_counted()
    {
        await using var run = Run();
        var peer = await Venue.AcceptAsync();
        await peer.WelcomeAsync();
        await peer.SendAsync(Trades("BTC/USD", snapshot: true, 9, 8, 7));
        await peer.SendAsync(Trades("BTC/USD", snapshot: false, 12, 10, 11));
        await peer.SendAsync(Trades("BTC/USD", snapshot: false, 15));
        await peer.SendAsync(Trades("BTC/USD", snapshot: false, 13, 12));
        await run.UntilCountAsync(5);
        peer.Abort();
        peer = await Venue.AcceptAsync(Clock);
        await peer.WelcomeAsync();
        // Of before the first snapshot: nobody missed it.
        await peer.SendAsync(Trades("BTC/USD", snapshot: true, 16, 15, 14, 13, 6));
        await run.UntilCountAsync(7);
        Assert.Equal(["10", "11", "12", "15", "13", "14", "16"], run.Messages.Select(m => m.Get("order_id")));
        Assert.Equal((2, 2, 2), (run.Count("missed_trades"), run.Count("late_trades"), run.Count(FeedCounters.Backfilled)));
    }

    private FeedRun Run() => new(Source(Config(KnownClasses.KrakenOrders, Btc, ("channel", "trade"))));
}
