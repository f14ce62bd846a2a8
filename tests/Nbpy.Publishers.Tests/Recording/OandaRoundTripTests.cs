using Nbpy.Publishers.Live;
using Nbpy.Publishers.Tests.Live;
using Nbpy.Publishers.Tests.Live.Oanda;
using Nbpy.ServiceDefaults.Configuration;
using static Nbpy.Publishers.Tests.Live.Oanda.OandaWire;

namespace Nbpy.Publishers.Tests.Recording;

/// <summary>What OANDA's live feeds published, over broken streams, comes again out of their recordings.</summary>
public sealed class OandaRoundTripTests : OandaTests
{
    [Fact]
    public async Task Prices_with_repeats_older_and_halted_ones_over_two_streams()
    {
        var config = Config(KnownClasses.OandaTick, ["EUR_USD", "USD_JPY"]);
        using var trip = new RoundTrip(config, Source(config));
        var peer = await Venue.AcceptAsync();
        await peer.SendAsync(Price(1.1m, 1.2m, At(0)));
        await peer.SendAsync(Heartbeat(At(1)));
        await peer.SendAsync(Price(100, 101, At(2), "USD_JPY"));
        await peer.SendAsync(Price(1.15m, 1.2m, At(3), tradeable: false));
        await peer.SendAsync("{\"type\":");
        await peer.SendAsync(Price(1.3m, 1.4m, At(5)));
        await trip.Run.UntilCountAsync(3);
        peer.Abort();
        peer = await Venue.AcceptAsync(Clock);
        await peer.SendAsync(Price(1.3m, 1.4m, At(5)));
        await peer.SendAsync(Price(1.2m, 1.4m, At(4)));
        await peer.SendAsync(Price(1.5m, 1.6m, At(6)));
        await trip.Run.UntilCountAsync(4);
        Assert.Equal(2, trip.Run.Count(FeedCounters.Repeated));
        await trip.AssertSameAsync(4);
    }

    [Fact]
    public async Task Transactions_with_what_was_fetched_for_a_jump_and_after_a_reconnect_and_the_account_is_not_in_the_file()
    {
        var config = Config(KnownClasses.OandaOrders, []);
        using var trip = new RoundTrip(config, Source(config), "orders.ndjson");
        var peer = await Venue.AcceptAsync();
        Venue.Record(LimitOrder(101), LimitOrder(102), Fill(103, 101));
        await peer.SendAsync(LimitOrder(101));
        await peer.SendAsync(Fill(103, 101));
        await trip.Run.UntilCountAsync(3);
        peer.Abort();
        Venue.Record(LimitOrder(104, -50), LimitOrder(105, 7));
        peer = await Venue.AcceptAsync(Clock);
        await peer.SendAsync(LimitOrder(105, 7));
        await peer.SendAsync(Cancel(106, 104));
        await trip.Run.UntilCountAsync(6);
        Assert.Equal(["transactions/sinceid?id=101", "transactions/sinceid?id=103"], Venue.Calls);
        await trip.AssertSameAsync(6);
        var text = File.ReadAllText(trip.File);
        Assert.Contains("accountID", text, StringComparison.Ordinal);
        Assert.DoesNotContain(OandaEmulator.Account, text, StringComparison.Ordinal);
        Assert.DoesNotContain(OandaEmulator.Token, text, StringComparison.Ordinal);
    }
}
