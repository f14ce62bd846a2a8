using System.Globalization;
using System.Text;
using Nbpy.Publishers.Kraken;
using Nbpy.Publishers.Tests.Live.Kraken;

namespace Nbpy.Publishers.Tests.Kraken;

/// <summary>What may vary on the wire changes nothing, and what comes out of order or in pieces loses nothing.</summary>
public sealed class KrakenLeniencyTests
{
    private readonly KrakenDecoder decoder = new();

    [Fact]
    public void Trades_out_of_order_are_all_taken_and_those_of_a_frame_come_by_their_ids()
    {
        Decode(KrakenWire.Trades("A/B", snapshot: false, 12, 10, 11));
        Assert.Equal([10L, 11L, 12L], Ids());
        Decode(KrakenWire.Trades("A/B", snapshot: false, 15));
        Decode(KrakenWire.Trades("A/B", snapshot: false, 14, 12, 13));
        Assert.Equal([13L, 14L], Ids());
        Decode(KrakenWire.Trades("A/B", snapshot: false, 14, 15));
        Assert.Empty(Ids());
        Assert.Equal((3L, 15L), (decoder.Counters.DuplicateTrades, decoder.LastTradeId("A/B")!.Value));
    }

    [Fact]
    public void A_snapshot_of_trades_that_begins_with_the_newest_is_taken_whole()
    {
        Decode(KrakenWire.Trades("A/B", snapshot: true, 9, 8, 7));
        Assert.Equal([7L, 8L, 9L], Ids());
        Assert.All(decoder.Trades, trade => Assert.True(trade.History));
    }

    [Fact]
    public void What_is_repeated_after_a_thousand_others_is_still_repeated()
    {
        for (var id = 1; id <= 3000; id++)
            Decode(KrakenWire.Trades("A/B", snapshot: false, id));
        Decode(KrakenWire.Trades("A/B", snapshot: false, 1, 1500, 2999));
        Assert.Equal(3L, decoder.Counters.DuplicateTrades);
    }

    [Fact]
    public void A_snapshot_of_executions_in_several_frames_is_one_and_its_fills_are_history()
    {
        Decode(Executions("snapshot", 1, Open("O1"), Fill("E1", "O0")));
        Decode(Executions("snapshot", 2, Open("O2"), Fill("E2", "O2"), Fill("E3", "O9")));
        Assert.Equal(["O1", "O2"], decoder.SnapshotOrders.Order());
        Assert.Equal([true, false, false], decoder.Orders.Select(order => order.IsNews));
        Assert.Equal(["O1", "O2"], decoder.OpenOrders.Order());
        Assert.False(decoder.ExecutionsKnown);
        Decode(Executions("update", 3, Fill("E4", "O2")));
        Assert.True(decoder.ExecutionsKnown && decoder.Orders[0].IsNews);
        // A new subscription: O1 has gone, O2 is as it was, a fill was missed.
        decoder.BeginExecutions();
        Decode(Executions("snapshot", 1, Fill("E4", "O2"), Fill("E5", "O2")));
        Decode(Executions("snapshot", 2, Open("O2", filled: 3)));
        Assert.Equal(["O2"], decoder.SnapshotOrders);
        Assert.Equal(["O1", "O2"], decoder.OpenOrders.Order());
        Assert.Equal(0L, decoder.Counters.SequenceGaps);
    }

    [Fact]
    public void A_fill_in_a_later_snapshot_is_news_also_where_no_update_came_in_between()
    {
        Decode(Executions("snapshot", 1, Open("O1")));
        decoder.BeginConnection();
        Decode(Executions("snapshot", 1, Fill("E1", "O1"), Open("O1", filled: 1)));
        Assert.Equal([true, false], decoder.Orders.Select(order => order.IsNews));
    }

    [Fact]
    public void An_order_that_has_ended_does_not_come_back_by_a_snapshot_taken_before()
    {
        Decode(Executions("snapshot", 1, Open("O1")));
        decoder.BeginExecutions();
        Assert.NotNull(decoder.EndOrder("O1", "canceled", null, null, null));
        Decode(Executions("snapshot", 1, Open("O1")));
        Assert.False(decoder.Orders[0].IsNews);
        Assert.Empty(decoder.OpenOrders);
    }

    [Theory]
    [InlineData("""{"ERROR":"Exceeded msg rate"}""")]
    [InlineData("""{ "eRRor" : "Exceeded msg rate" }""")]
    public void A_bare_error_is_one_in_any_letter_case(string frame)
    {
        Assert.Equal(KrakenFrameKind.Reply, Decode(frame));
        Assert.Equal((false, "Exceeded msg rate"), (decoder.Reply!.Success, decoder.Reply.Error));
    }

    [Fact]
    public void White_space_quotes_nulls_and_other_orders_of_members_change_no_book()
    {
        var book = new VenueBook("A/B").Fill();
        Decode(book.Snapshot());
        Assert.Equal(KrakenBookOutcome.Snapshot, decoder.Books[0].Outcome);
        // {"symbol":…,"bids":[…],"asks":[],"checksum":n,…} → null for the empty side, quoted numbers, the checksum first.
        var update = book.SetBest(7);
        var sum = update[(update.IndexOf("\"checksum\":", StringComparison.Ordinal) + 11)..update.IndexOf(",\"timestamp\"", StringComparison.Ordinal)];
        Decode($$""" { "data" : [ { "checksum" : "{{sum}}", "new" : [ { "symbol" : null } ], "timestamp" : null, "asks" : null, "bids" : [ { "qty" : "7", "price" : "99.9", "x" : 1e400 } ], "symbol" : "A/B" } ], "channel" : "book" } """);
        // The scale of the text counts: this one says 7, and the venue's book 7 as well.
        Assert.Equal(decoder.Books[0].ExpectedChecksum, uint.Parse(sum, CultureInfo.InvariantCulture));
        Assert.Equal(KrakenBookOutcome.ChecksumMismatch, decoder.Books[0].Outcome);
        Decode(book.Snapshot());
        update = book.SetBest(8);
        Decode(update.Replace("\"asks\":[]", "\"asks\":null", StringComparison.Ordinal).Replace("8.00000000", "\"8.00000000\"", StringComparison.Ordinal)
            .Replace("\"checksum\":", "\"checksum\": ", StringComparison.Ordinal));
        Assert.Equal((KrakenBookOutcome.Update, 1), (decoder.Books[0].Outcome, decoder.Books[0].LevelCount));
    }

    [Fact]
    public void Members_that_nobody_knows_may_hold_anything_in_executions()
    {
        Assert.Equal(KrakenFrameKind.Executions, Decode(
            """{"channel":"executions","type":"update","sequence":null,"data":[{"order_id":"O1","exec_type":"trade","exec_id":"E1","symbol":"A/B","last_qty":"1.5e-05","last_price":"2","cum_qty":1.5e-05,"new_member":1e999,"fees":[null,7],"contingent":{"a":[1]},"margin":null,"timestamp":null}]}"""));
        Assert.Equal((0.000015m, 2m, 0.000015m), (decoder.Orders[0].Amount!.Value, decoder.Orders[0].Price!.Value, decoder.Orders[0].FilledAmount!.Value));
    }

    [Theory]
    [InlineData("7")]
    [InlineData("7.0")]
    [InlineData("7e0")]
    [InlineData("\"7\"")]
    public void An_id_is_a_number_in_any_spelling(string id)
    {
        Decode($$"""{"channel":"trade","type":"update","data":[{"symbol":"A/B","side":null,"price":1,"qty":2,"trade_id":{{id}}}]}""");
        Assert.Equal([7L], Ids());
    }

    [Fact]
    public void A_book_tells_as_many_levels_as_it_is_asked_for()
    {
        var deep = new KrakenDecoder(25) { PublishedLevels = 25 };
        var book = new VenueBook("A/B", depth: 25).Fill();
        deep.Decode(Encoding.UTF8.GetBytes(book.Snapshot()));
        Assert.Equal(Enumerable.Range(1, 25), deep.Levels.Select(level => level.Level));
        Assert.Equal("25", KrakenMessages.ToMessage("A/B", deep.Levels[24], 1).Fields.Single(f => f.Name == "level").Value.Text);
        Decode(book.Snapshot());
        Assert.Equal(10, decoder.Levels.Count);
        Assert.Equal(25, decoder.Book("A/B")!.Bids.Length);
    }

    [Theory]
    [InlineData("""{"channel":"book","data":[{"symbol":"A/B","bids":"x"}]}""", "book", "A/B", true, true)]
    [InlineData("""{"data":[{"symbol":"A/B","bids":[{"pri""", null, "A/B", false, true)]
    [InlineData("""{"channel":"ticker","data":[{"symb""", "ticker", "", false, false)]
    [InlineData("no json", null, "", false, true)]
    [InlineData("[]", null, "", true, false)]
    [InlineData("{\"channel\":\"book\",\"data\":[{\"symbol\":\"A/B\",\"\ud800\":1}]}", "book", "A/B", true, true)]
    public void A_broken_frame_still_says_what_it_was_about(string frame, string? channel, string symbols, bool isJson, bool mayBeBook)
    {
        var broken = KrakenBrokenFrame.Read(Encoding.UTF8.GetBytes(frame));
        Assert.Equal((channel, symbols, isJson, mayBeBook), (broken.Channel, string.Join(',', broken.Symbols), broken.IsJson, broken.MayBe("book")));
    }

    private KrakenFrameKind Decode(string frame)
    {
        var kind = decoder.Decode(Encoding.UTF8.GetBytes(frame));
        Assert.NotEqual(KrakenFrameKind.Malformed, kind);
        return kind;
    }

    private IEnumerable<long> Ids() => decoder.Trades.Select(trade => trade.TradeId);

    private static string Executions(string type, int sequence, params string[] entries) =>
        $$"""{"channel":"executions","type":"{{type}}","data":[{{string.Join(',', entries)}}],"sequence":{{sequence}}}""";

    private static string Open(string id, int filled = 0) =>
        $$"""{"order_id":"{{id}}","symbol":"A/B","order_qty":9,"cum_qty":{{filled}},"exec_type":"new","side":"buy","order_type":"limit","limit_price":1.5,"order_status":"{{(filled > 0 ? "partially_filled" : "new")}}","timestamp":"2030-01-01T00:00:00Z"}""";

    private static string Fill(string id, string order) =>
        $$"""{"order_id":"{{order}}","exec_id":"{{id}}","exec_type":"trade","symbol":"A/B","last_qty":1,"last_price":1.5,"order_status":"partially_filled","timestamp":"2030-01-01T00:00:01Z"}""";
}
