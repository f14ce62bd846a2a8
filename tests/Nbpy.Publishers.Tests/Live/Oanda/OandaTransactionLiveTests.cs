using System.Text;
using Nbpy.Publishers.Live;
using Nbpy.Publishers.Oanda;
using Nbpy.Publishers.Tests.Replay;
using Nbpy.Publishers.Tests.Simulation;
using static Nbpy.Publishers.Tests.Live.Oanda.OandaWire;

namespace Nbpy.Publishers.Tests.Live.Oanda;

public sealed class OandaTransactionLiveTests : OandaTests
{
    [Fact]
    public async Task The_composed_stream_arrives_as_its_orders_and_nothing_is_fetched()
    {
        var lines = Feeds.Lines(Feeds.Bundled("oanda/transactions_stream_composed.jsonl")).ToList();
        var decoder = new OandaTransactionDecoder();
        var expected = new List<string>();
        foreach (var line in lines)
        {
            if (decoder.Decode(line) == OandaLineKind.Transaction && OandaMessages.ToMessage(decoder.Transaction!) is { } message)
                expected.Add($"{message.TimestampNs} {message.Text()}");
        }

        Assert.Equal(7, expected.Count);
        await using var run = Orders();
        var peer = await Venue.AcceptAsync();
        Assert.Equal($"/v3/accounts/{OandaEmulator.Account}/transactions/stream", peer.Request);
        foreach (var line in lines)
            await peer.SendAsync(Encoding.UTF8.GetString(line));
        await run.UntilCountAsync(7);
        Assert.Equal(expected, run.Messages.Select(m => $"{m.TimestampNs} {m.Text()}"));
        Assert.Equal([FeedPhase.Subscribed, FeedPhase.Live], run.Phases.Select(p => p.Phase));
        Assert.Empty(Venue.Calls);
        Assert.Contains("answered transactions/stream, request 42", Log.All, StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_a_reconnect_what_was_missed_is_fetched_in_order_and_what_comes_twice_is_published_once()
    {
        Venue.Record(LimitOrder(90), LimitOrder(100), LimitOrder(101));
        await using var run = Orders();
        var peer = await Venue.AcceptAsync();
        await peer.SendAsync(Heartbeat(100));
        await peer.SendAsync(LimitOrder(101));
        await run.UntilCountAsync(1);
        peer.Abort();
        Venue.Record(Fill(102, 101), LimitOrder(103, -50), LimitOrder(104, 7));
        peer = await Venue.AcceptAsync(Clock);
        // On the stream as well as in the answer.
        await peer.SendAsync(LimitOrder(104, 7));
        await peer.SendAsync(Cancel(105, 103));
        await peer.SendAsync(Heartbeat(105));
        await run.UntilCountAsync(5);
        await run.UntilPhaseAsync(FeedPhase.Live);
        Assert.Equal(
            ["101 pending limit 100", "101 filled limit 100", "103 pending limit -50", "104 pending limit 7", "103 cancelled limit -50"],
            run.Messages.Select(Order));
        Assert.Equal((3, 1, 1), (run.Count(FeedCounters.Backfilled), run.Count(FeedCounters.Repeated), run.Count(FeedCounters.Reconnects)));
        Assert.Equal(["transactions/sinceid?id=101"], Venue.Calls);
    }

    [Fact]
    public async Task A_heartbeat_that_announces_more_than_came_leads_to_fetching_it()
    {
        await using var run = Orders();
        var peer = await Venue.AcceptAsync();
        await peer.SendAsync(Heartbeat(100));
        Venue.Record(LimitOrder(101), Fill(102, 101));
        await peer.SendAsync(Heartbeat(102));
        await run.UntilCountAsync(2);
        await peer.SendAsync(Heartbeat(102));
        await peer.SendAsync(LimitOrder(103));
        await run.UntilCountAsync(3);
        Assert.Equal(["101 pending limit 100", "101 filled limit 100", "103 pending limit 100"], run.Messages.Select(Order));
        Assert.Equal(["transactions/sinceid?id=100"], Venue.Calls);
    }

    [Fact]
    public async Task A_jump_of_the_ids_is_filled_before_what_comes_after_it()
    {
        await using var run = Orders();
        var peer = await Venue.AcceptAsync();
        await peer.SendAsync(LimitOrder(100));
        Venue.Record(LimitOrder(100), LimitOrder(101, -3), Fill(102, 101, -3), LimitOrder(103));
        // What it filled is known from the missing one only.
        await peer.SendAsync(Fill(102, 101, -3));
        await peer.SendAsync(LimitOrder(103));
        await peer.SendAsync(Cancel(104, 103));
        await run.UntilCountAsync(5);
        Assert.Equal(
            ["100 pending limit 100", "101 pending limit -3", "101 filled limit -3", "103 pending limit 100", "103 cancelled limit 100"],
            run.Messages.Select(Order));
        Assert.Equal((3, 2), (run.Count(FeedCounters.Backfilled), run.Count(FeedCounters.Repeated)));
        Assert.Equal(["transactions/sinceid?id=100"], Venue.Calls);
    }

    [Fact]
    public async Task Ids_that_nobody_has_are_asked_for_once()
    {
        Venue.Record(LimitOrder(100), LimitOrder(110));
        await using var run = Orders();
        var peer = await Venue.AcceptAsync();
        await peer.SendAsync(LimitOrder(100));
        await peer.SendAsync(LimitOrder(110));
        await peer.SendAsync(Heartbeat(110));
        await peer.SendAsync(LimitOrder(111));
        await run.UntilCountAsync(3);
        Assert.Equal(["100 pending limit 100", "110 pending limit 100", "111 pending limit 100"], run.Messages.Select(Order));
        Assert.Single(Venue.Calls);
    }

    [Fact]
    public async Task A_gap_larger_than_an_answer_is_fetched_with_several()
    {
        Venue.Page = 10;
        await using var run = Orders();
        var peer = await Venue.AcceptAsync();
        await peer.SendAsync(Heartbeat(100));
        await run.UntilPhaseAsync(FeedPhase.Live);
        peer.End();
        for (var id = 101; id <= 135; id++)
            Venue.Record(LimitOrder(id));
        await Venue.AcceptAsync(Clock);
        await run.UntilCountAsync(35);
        Assert.Equal(Enumerable.Range(101, 35).Select(id => $"{id}"), run.Messages.Select(m => (string)m.Get("order_id")!));
        Assert.Equal(4, Venue.Calls.Count);
    }

    [Fact]
    public async Task What_a_large_gap_brought_is_not_published_again_when_the_stream_brings_it_too()
    {
        await using var run = Orders();
        var peer = await Venue.AcceptAsync();
        await peer.SendAsync(Heartbeat(100));
        await run.UntilPhaseAsync(FeedPhase.Live);
        // More than the decoder remembers.
        for (var id = 101; id <= 5100; id++)
            Venue.Record(LimitOrder(id));
        await peer.SendAsync(Heartbeat(5100));
        await run.UntilCountAsync(5000);
        await peer.SendRawAsync(string.Concat(Enumerable.Range(101, 5001).Select(id => LimitOrder(id) + "\n")));
        await run.UntilCountAsync(5001);
        Assert.Equal(Enumerable.Range(101, 5001).Select(id => $"{id}"), run.Messages.Select(m => (string)m.Get("order_id")!));
        Assert.Equal(5000, run.Count(FeedCounters.Repeated));
    }

    [Fact]
    public async Task An_account_whose_ids_begin_anew_is_a_gap_and_goes_on_with_them()
    {
        await using var run = Orders();
        var peer = await Venue.AcceptAsync();
        await peer.SendAsync(LimitOrder(100));
        await run.UntilCountAsync(1);
        peer.End();
        Venue.Record(LimitOrder(3));
        peer = await Venue.AcceptAsync(Clock);
        await peer.SendAsync(Heartbeat(3));
        await peer.SendAsync(LimitOrder(4));
        await run.UntilCountAsync(2);
        Assert.Equal(["100", "4"], run.Messages.Select(m => m.Get("order_id")));
        Assert.Equal((1, 0), (run.Count("unfilled_gaps"), run.Count(FeedCounters.Repeated)));
    }

    [Theory]
    [InlineData(503)]
    [InlineData(429)]
    public async Task While_missing_transactions_cannot_be_fetched_nothing_later_is_published_and_in_the_end_all_of_it_is(int status)
    {
        Venue.Record(LimitOrder(100));
        await using var run = Orders();
        var peer = await Venue.AcceptAsync();
        await peer.SendAsync(LimitOrder(100));
        await run.UntilCountAsync(1);
        for (var i = 0; i < 3; i++)
            Venue.RefuseCalls.Enqueue(OandaRefusal.Of(status, "Not now."));
        Venue.Record(LimitOrder(101), LimitOrder(102));
        await peer.SendAsync(LimitOrder(102));
        for (var i = 0; i < 3; i++)
        {
            await run.UntilAsync(() => run.Now.Reason.Contains($"HTTP {status} (Not now.)", StringComparison.Ordinal), "shown");
            Assert.Single(run.Messages);
            peer = await Venue.AcceptAsync(Clock, TimeSpan.FromSeconds(1));
        }

        await run.UntilCountAsync(3);
        await peer.SendAsync(LimitOrder(103));
        await run.UntilCountAsync(4);
        Assert.Equal(["100", "101", "102", "103"], run.Messages.Select(m => m.Get("order_id")));
        Assert.Equal(3, run.Count(FeedCounters.Reconnects));
    }

    [Fact]
    public async Task An_id_that_oanda_no_longer_knows_is_a_gap_that_is_counted_and_told()
    {
        await using var run = Orders();
        var peer = await Venue.AcceptAsync();
        await peer.SendAsync(LimitOrder(100));
        await run.UntilCountAsync(1);
        peer.End();
        Venue.RefuseCalls.Enqueue(OandaRefusal.Of(416, "id range"));
        peer = await Venue.AcceptAsync(Clock);
        await peer.SendAsync(LimitOrder(500));
        await run.UntilCountAsync(2);
        Assert.Equal(["100", "500"], run.Messages.Select(m => m.Get("order_id")));
        Assert.Equal(1, run.Count("unfilled_gaps"));
        Assert.Contains("transactions after 100 cannot be fetched and are missing", Log.All, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_transaction_that_came_broken_is_fetched_and_others_of_no_order_are_passed_over()
    {
        await using var run = Orders();
        var peer = await Venue.AcceptAsync();
        await peer.SendAsync("""{"type":"HEARTBEAT","time":"2030-01-01T00:00:00Z"}""");
        await peer.SendAsync(LimitOrder(100));
        Venue.Record(LimitOrder(101), LimitOrder(102));
        await peer.SendRawAsync(LimitOrder(101)[..80] + "\n");
        await peer.SendAsync(LimitOrder(102));
        await peer.SendAsync("""{"id":"103","time":"2030-01-01T00:00:00Z","type":"DAILY_FINANCING","financing":"-0.1"}""");
        await peer.SendAsync("""{"id":"104","time":"2030-01-01T00:00:00Z","type":"DIVIDEND_ADJUSTMENT","more":[{"id":"1"}]}""");
        await peer.SendAsync("""{"type":"SOMETHING","without":"an id"}""");
        await peer.SendAsync(LimitOrder(105));
        await run.UntilCountAsync(4);
        Assert.Equal(["100", "101", "102", "105"], run.Messages.Select(m => m.Get("order_id")));
        Assert.Equal((1, 1), (run.Count(FeedCounters.Undecodable), run.Count(FeedCounters.Unknown)));
        Assert.Single(Venue.Calls);
    }

    [Fact]
    public async Task Silence_is_stale_and_what_happened_meanwhile_is_fetched()
    {
        await using var run = Orders();
        var peer = await Venue.AcceptAsync();
        await peer.SendAsync(Heartbeat(100));
        await run.UntilPhaseAsync(FeedPhase.Live);
        Venue.Record(LimitOrder(101));
        await Venue.AcceptAsync(Clock);
        await run.UntilCountAsync(1);
        Assert.Contains(run.Phases, p => p.Phase == FeedPhase.Stale);
        Assert.Equal(1, run.Count(FeedCounters.Backfilled));
    }

    [Fact]
    public async Task No_transaction_is_dropped_for_a_slow_publisher()
    {
        using var gate = new SemaphoreSlim(0);
        await using var run = new FeedRun(Source(Config(ServiceDefaults.Configuration.KnownClasses.OandaOrders, [], ("queue_capacity", "5"))), gate);
        var peer = await Venue.AcceptAsync();
        await peer.SendRawAsync(string.Concat(Enumerable.Range(100, 500).Select(id => LimitOrder(id) + "\n")));
        await run.UntilCountAsync(1);
        gate.Release(1000);
        await run.UntilCountAsync(500);
        Assert.Equal(Enumerable.Range(100, 500).Select(id => $"{id}"), run.Messages.Select(m => (string)m.Get("order_id")!));
        Assert.Empty(Venue.Calls);
    }
}
