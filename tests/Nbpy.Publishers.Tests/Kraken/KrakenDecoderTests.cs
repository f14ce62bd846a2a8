using System.Text;
using System.Text.Json;
using Nbpy.Publishers.Decoding;
using Nbpy.Publishers.Kraken;
using Nbpy.Publishers.Tests.Replay;

namespace Nbpy.Publishers.Tests.Kraken;

public class KrakenDecoderTests
{
    [Fact]
    public void Public_session_reaches_the_expected_books_and_the_wrong_checksum_leads_to_one_resync()
    {
        using var expected = JsonDocument.Parse(File.ReadAllBytes(Feeds.Fixture("Kraken", "session_public_composed.expected.json")));
        var checkpoints = expected.RootElement.GetProperty("expected_book").EnumerateArray()
            .ToDictionary(e => e.GetProperty("after_book_update").GetInt32());
        var decoder = new KrakenDecoder();
        var kinds = new Dictionary<KrakenFrameKind, int>();
        var errors = new List<string?>();
        var updates = 0;
        var mismatches = 0;
        var compared = 0;
        var tradeIds = new List<long>();
        foreach (var (direction, frame, expect) in Feeds.Steps(Feeds.Bundled("kraken/session_public_composed.jsonl")))
        {
            if (direction != "s2c")
                continue;
            var kind = decoder.Decode(frame);
            kinds[kind] = kinds.GetValueOrDefault(kind) + 1;
            if (decoder.Reply is { Success: false } refused)
                errors.Add($"{refused.RequestId}: {refused.Error}");
            tradeIds.AddRange(decoder.Trades.Where(trade => !trade.History).Select(trade => trade.TradeId));
            foreach (var book in decoder.Books)
            {
                Assert.Equal(expect is not null, book.Outcome == KrakenBookOutcome.ChecksumMismatch);
                if (expect is not null)
                {
                    mismatches++;
                    Assert.Equal(0, book.LevelCount);
                    Assert.False(decoder.Book("BTC/USD")!.IsValid);
                }
                if (book.Outcome != KrakenBookOutcome.Update)
                    continue;
                if (checkpoints.TryGetValue(++updates, out var checkpoint))
                {
                    KrakenBookTests.AssertBook(checkpoint, decoder.Book("BTC/USD")!);
                    compared++;
                }
            }
        }
        Assert.Equal(1, mismatches);
        Assert.Equal(4, compared);
        KrakenBookTests.AssertBook(expected.RootElement.GetProperty("final"), decoder.Book("BTC/USD")!);
        Assert.True(decoder.Book("BTC/USD")!.IsValid);
        Assert.Equal(["4: Currency pair not supported XBT/USD", "5: Subscription depth not supported"], errors);
        Assert.Equal("online", decoder.SystemStatus);
        Assert.False(kinds.ContainsKey(KrakenFrameKind.Unknown) || kinds.ContainsKey(KrakenFrameKind.Malformed));
        Assert.True(kinds[KrakenFrameKind.Heartbeat] >= 8);
        Assert.Equal(tradeIds.Distinct(), tradeIds);
        Assert.Equal(100320009, tradeIds[0]);
    }

    [Fact]
    public void Private_session_merges_partial_events_into_whole_orders()
    {
        var decoder = new KrakenDecoder();
        var orders = new List<KrakenOrderEvent>();
        var errors = new List<string?>();
        foreach (var (direction, frame, _) in Feeds.Steps(Feeds.Bundled("kraken/session_private_composed.jsonl")))
        {
            if (direction != "s2c")
                continue;
            decoder.Decode(frame);
            orders.AddRange(decoder.Orders);
            if (decoder.Reply is { Success: false } refused)
                errors.Add(refused.Error);
        }
        Assert.Equal(["ESession:Invalid session"], errors);
        Assert.Equal(0, decoder.Counters.SequenceGaps);
        Assert.All(orders, order => Assert.Equal("BTC/USD", order.Symbol));
        var mine = orders.Where(order => order.OrderId == "OK4GJX-KSTLS-7DZZO5").ToList();
        Assert.Equal(
            ["pending_new", "new", "partially_filled", "partially_filled", "filled"], mine.Select(order => order.Status));
        Assert.Equal([0m, 0m, 0.002m, 0.005m, 0.005m], mine.Select(order => order.FilledAmount));
        Assert.Equal([0.005m, 0.005m, 0.002m, 0.003m, 0.005m], mine.Select(order => order.Amount));
        // An exponent on the wire.
        Assert.Equal(0.000015m, mine[2].Fee);
        Assert.All(mine, order => Assert.Equal((26599.9m, "sell", "limit"), (order.Price!.Value, order.Side, order.OrderType)));
        var open = orders.Where(order => order.OrderId == "OK4GJX-OPEN1-AAAAAA").ToList();
        Assert.Equal([true, false], open.Select(order => order.FromSnapshot));
        Assert.Equal(("canceled", "buy", 2m), (open[1].Status, open[1].Side, open[1].Amount!.Value));
    }

    [Fact]
    public void Executions_are_taken_once_and_gaps_in_the_sequence_are_counted()
    {
        const string Fill =
            """{"channel":"executions","type":"update","data":[{"order_id":"O1","exec_id":"T1","exec_type":"trade","symbol":"A/B","last_qty":1.0,"last_price":2.0,"order_status":"partially_filled","timestamp":"2026-01-15T10:31:01.200000Z"}],"sequence":SEQ}""";
        var decoder = new KrakenDecoder();
        decoder.Decode(Bytes(Fill.Replace("SEQ", "1", StringComparison.Ordinal)));
        Assert.Single(decoder.Orders);
        decoder.Decode(Bytes(Fill.Replace("SEQ", "3", StringComparison.Ordinal)));
        Assert.Empty(decoder.Orders);
        Assert.Equal(1, decoder.Counters.DuplicateExecutions);
        Assert.Equal(1, decoder.Counters.SequenceGaps);
    }

    [Fact]
    public void Documented_messages_decode()
    {
        var messages = Feeds.Lines(Feeds.Fixture("Kraken", "ws_v2_messages.jsonl")).Select(line =>
        {
            using var document = JsonDocument.Parse(line);
            return (Name: document.RootElement.GetProperty("name").GetString()!,
                Ack: Bytes(document.RootElement.GetProperty("ack").GetString()!),
                Push: Bytes(document.RootElement.GetProperty("push").GetString()!));
        }).ToDictionary(m => m.Name);
        var decoder = new KrakenDecoder();
        Assert.All(messages.Values, m =>
        {
            Assert.Equal(KrakenFrameKind.Reply, decoder.Decode(m.Ack));
            Assert.Equal((true, "subscribe", "ETH/USDT", 1L), (decoder.Reply!.Success, decoder.Reply.Method, decoder.Reply.Symbol, decoder.Reply.RequestId!.Value));
        });

        Assert.Equal(KrakenFrameKind.Ticker, decoder.Decode(messages["Ticker"].Push));
        Assert.Equal(
            new KrakenTicker("ETH/USDT", 0.10025m, 0.10035m, 0.10035m, 997038.98383185m, 0.10148m, null), Assert.Single(decoder.Tickers));
        Assert.Equal(KrakenFrameKind.Trade, decoder.Decode(messages["Trades"].Push));
        Assert.Equal((4665906L, "sell", "market", 0.5117m, 40.0m), (decoder.Trades[0].TradeId, decoder.Trades[0].Side, decoder.Trades[0].OrderType, decoder.Trades[0].Price, decoder.Trades[0].Quantity));
        Assert.Equal(KrakenFrameKind.Unknown, decoder.Decode(messages["IndividualBook"].Push));
        Assert.Equal(KrakenFrameKind.Unknown, decoder.Decode(messages["Kline"].Push));

        // This capture went through floats and lost its zeros: the precisions of the instrument channel bring them back.
        Assert.Equal(KrakenFrameKind.Book, decoder.Decode(messages["AggBook"].Push));
        Assert.Equal(KrakenBookOutcome.ChecksumMismatch, decoder.Books[0].Outcome);
        Assert.Equal(KrakenFrameKind.Instrument, decoder.Decode(Bytes(
            """{"channel":"instrument","type":"snapshot","data":{"assets":[],"pairs":[{"symbol":"ETH/USDT","qty_precision":8,"qty_increment":1e-08,"price_precision":4}]}}""")));
        decoder.Decode(messages["AggBook"].Push);
        Assert.Equal(KrakenBookOutcome.Snapshot, decoder.Books[0].Outcome);
    }

    [Theory]
    [InlineData("""{"channel":"ticker","type":"update","data":[{"symbol":"A/B","bid":"x"}]}""")]
    [InlineData("""{"channel":"ticker","type":"update","data":[{"bid":1.0}]}""")]
    [InlineData("""{"channel":"ticker","type":"update","data":{}}""")]
    [InlineData("""{"channel":"ticker","type":"update"}""")]
    [InlineData("""{"channel":"ticker","data":[{"symbol":"A/B","timestamp":"yesterday"}]}""")]
    [InlineData("""{"channel":"book","data":[{"symbol":"A/B","bids":[],"asks":[]}]}""")]
    [InlineData("""{"channel":"book","data":[{"symbol":"A/B","bids":[{"price":1}],"asks":[],"checksum":1}]}""")]
    [InlineData("""{"channel":"executions","data":[{"order_status":"new"}],"sequence":1}""")]
    [InlineData("""{"channel":7}""")]
    [InlineData("""{"channel":"ticker","data":[{"symbol":"A/B","bid":1.0}]""")]
    [InlineData("""{"channel":"heartbeat"} {}""")]
    [InlineData("[]")]
    [InlineData("not json")]
    [InlineData("")]
    public void Malformed_frames_are_counted_with_the_reason_and_yield_nothing(string frame)
    {
        var decoder = new KrakenDecoder();
        Assert.Equal(KrakenFrameKind.Malformed, decoder.Decode(Bytes(frame)));
        Assert.Equal(1, decoder.Counters.Malformed);
        Assert.False(string.IsNullOrEmpty(decoder.LastError));
        Assert.Empty(decoder.Tickers);
        Assert.Empty(decoder.Books);
        Assert.Empty(decoder.Orders);
    }

    [Fact]
    public void Order_of_properties_and_unknown_members_do_not_matter()
    {
        var decoder = new KrakenDecoder();
        Assert.Equal(KrakenFrameKind.Ticker, decoder.Decode(Bytes(
            """{"data":[{"extra":{"a":[1,{"symbol":"X"}]},"vwap":3,"volume":null,"last":1.50,"ask":2,"bid":1,"trades":5,"timestamp":"2023-09-25T09:04:31.742648Z","symbol":"A/B"}],"new":[1],"type":"update","channel":"ticker"}""")));
        Assert.Equal(new KrakenTicker("A/B", 1, 2, 1.50m, null, 3, 1695632671742648000), Assert.Single(decoder.Tickers));
    }

    [Theory]
    [InlineData("""{"Error":"Exceeded msg rate"}""", false, "Exceeded msg rate")]
    [InlineData("""{"error":"Exceeded msg rate"}""", false, "Exceeded msg rate")]
    [InlineData("""{"method":"pong","req_id":99,"time_in":"a","time_out":"b"}""", true, null)]
    public void Bare_errors_and_pongs_are_replies(string frame, bool success, string? error)
    {
        var decoder = new KrakenDecoder();
        Assert.Equal(KrakenFrameKind.Reply, decoder.Decode(Bytes(frame)));
        Assert.Equal((success, error), (decoder.Reply!.Success, decoder.Reply.Error));
    }

    [Fact]
    public void Trades_of_the_snapshot_are_history_and_doubled_trades_are_dropped()
    {
        const string Trade = """{"channel":"trade","type":"TYPE","data":[{"symbol":"A/B","side":"buy","price":1,"qty":2,"ord_type":"limit","trade_id":ID,"timestamp":"2023-09-25T07:49:37.708706Z"}]}""";
        byte[] Of(string type, string id) => Bytes(Trade.Replace("TYPE", type, StringComparison.Ordinal).Replace("ID", id, StringComparison.Ordinal));
        var decoder = new KrakenDecoder();
        decoder.Decode(Of("snapshot", "7"));
        Assert.True(Assert.Single(decoder.Trades).History);
        decoder.Decode(Of("update", "7"));
        Assert.Empty(decoder.Trades);
        decoder.Decode(Of("update", "8"));
        Assert.False(Assert.Single(decoder.Trades).History);
        Assert.Equal(1, decoder.Counters.DuplicateTrades);
    }

    [Fact]
    public void Messages_have_the_contracts_keys_and_floats()
    {
        var tick = KrakenMessages.ToMessage(new KrakenTicker("BTC/USD", 1m, 2m, 3m, 4m, 5m, 6), 7);
        Assert.Equal(["pair", "exchange", "bid", "ask", "last_trade_price", "volume", "vwap"], tick.Keys());
        Assert.Equal(("kraken", 3.0, 6L), (tick.Get("exchange"), tick.Get("last_trade_price"), tick.TimestampNs));

        var depth = KrakenMessages.ToMessage("BTC/USD", new KrakenDepthLevel(10, 1, 2, 3, 4), 5);
        Assert.Equal(["pair", "level", "exchange", "bid_price", "bid_size", "ask_price", "ask_size"], depth.Keys());
        Assert.Equal("10", depth.Get("level"));

        var order = KrakenMessages.ToMessage(
            new KrakenOrderEvent("O1", null, "BTC/USD", "buy", "limit", "new", "new", 1m, 2m, 0m, 0m, null, false), 8);
        Assert.Equal(
            ["pair", "status", "type", "side", "exchange", "order_id", "price", "amount", "filled_amount", "fee"], order.Keys());
        Assert.Equal(("O1", 0.0, 8L), (order.Get("order_id"), order.Get("filled_amount"), order.TimestampNs));
    }

    [Fact]
    public void V1_tickers_of_the_old_recording_decode()
    {
        Assert.True(KrakenV1Ticker.TryDecode(Bytes(
            """[468,{"a":["56218.30000",0,"0.13690578"],"b":["56119.10000",0,"0.03333108"],"c":["56218.30000","0.01309422"],"v":["27.65107371","37.46739855"],"p":["56739.22516","56819.12875"]},"ticker","XBT/CHF"]"""), out var ticker));
        Assert.Equal(new KrakenTicker("BTC/CHF", 56119.1m, 56218.3m, 56218.3m, 37.46739855m, 56819.12875m, null), ticker);
        Assert.False(KrakenV1Ticker.TryDecode(Bytes("""{"event":"heartbeat"}"""), out _));
    }

    [Theory]
    [InlineData("2026-01-15T10:30:00.123456789Z", 1768473000123456789)]
    [InlineData("2026-01-15T10:30:00Z", 1768473000000000000)]
    [InlineData("2026-01-15T10:30:00.1234567Z", 1768473000123456700)]
    [InlineData("2026-01-15T11:30:00.5+01:00", 1768473000500000000)]
    [InlineData("1768473000.123456789", 1768473000123456789)]
    [InlineData("1969-12-31T23:59:59.9Z", -100000000)]
    public void Times_keep_their_nanoseconds(string text, long nanoseconds)
    {
        Assert.True(Rfc3339.TryParse(text, out var parsed));
        Assert.Equal(nanoseconds, parsed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("2026-02-30T10:30:00Z")]
    [InlineData("2026-01-15T10:30:00")]
    [InlineData("2026-01-15T10:30:00.Z")]
    [InlineData("2026-01-15T25:30:00Z")]
    [InlineData("9999-01-15T10:30:00Z")]
    [InlineData("2026-01-15T10:30:00+0100")]
    [InlineData("99999999999")]
    public void What_is_no_time_is_refused(string text) => Assert.False(Rfc3339.TryParse(text, out _));

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
