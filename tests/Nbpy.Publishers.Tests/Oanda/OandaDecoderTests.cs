using System.Text;
using System.Text.Json;
using Nbpy.Publishers.Decoding;
using Nbpy.Publishers.Oanda;
using Nbpy.Publishers.Tests.Replay;

namespace Nbpy.Publishers.Tests.Oanda;

public class OandaDecoderTests
{
    [Fact]
    public void Pricing_stream_yields_exactly_the_expected_ticks()
    {
        var decoder = new OandaPricingDecoder();
        var actual = new List<OandaPrice>();
        foreach (var line in Feeds.Lines(Feeds.Bundled("oanda/pricing_stream_composed.jsonl")))
        {
            var kind = decoder.Decode(line);
            Assert.True(kind is OandaLineKind.Price or OandaLineKind.Heartbeat);
            if (kind == OandaLineKind.Price)
                actual.Add(decoder.Price);
        }
        var expected = Feeds.Lines(Feeds.Fixture("Oanda", "pricing_stream_composed.expected_ticks.jsonl")).Select(Expected).ToList();
        Assert.Equal(83, expected.Count);
        Assert.Equal(expected, actual);
        Assert.Equal(8, decoder.Counters.Heartbeats);
        Assert.Equal(expected.Count(tick => !tick.Tradeable), decoder.Counters.Halted);
    }

    [Fact]
    public void Captures_without_the_tradeable_flag_go_by_the_status()
    {
        var decoder = new OandaPricingDecoder();
        var kinds = Feeds.Lines(Feeds.Fixture("Oanda", "pricing_stream.jsonl")).Select(line => decoder.Decode(line)).ToList();
        Assert.Equal([OandaLineKind.Price, OandaLineKind.Heartbeat, OandaLineKind.Price, OandaLineKind.Price], kinds);
        Assert.Equal(
            new OandaPrice("EUR_JPY", 114.298m, 114.315m, 1000000, 1000000, true, 1477557525681572782), decoder.Price);
        decoder.Decode(Bytes("""{"type":"PRICE","status":"non-tradeable","bids":[],"asks":[],"instrument":"A_B","time":"2016-10-27T08:38:45Z"}"""));
        Assert.False(decoder.Price.Tradeable);
    }

    [Fact]
    public void Halted_prices_are_not_published_and_a_missing_side_is_left_out()
    {
        var price = new OandaPrice("EUR_USD", 1.16444m, 1.16457m, 1000000, 2000000, true, 5);
        var message = OandaMessages.ToMessage(price)!;
        Assert.Equal(["instrument", "exchange", "bid", "ask", "spread", "volume"], message.Keys());
        Assert.Equal((0.00013, 3000000.0, 5L), (message.Get("spread"), message.Get("volume"), message.TimestampNs));
        Assert.Null(OandaMessages.ToMessage(price with { Tradeable = false }));
        Assert.Null(OandaMessages.ToMessage(price with { Bid = null, Ask = null }));
        var oneSided = OandaMessages.ToMessage(price with { Bid = null, BidLiquidity = null })!;
        Assert.Equal(["instrument", "exchange", "ask", "volume"], oneSided.Keys());
    }

    [Fact]
    public void Transaction_stream_tells_each_orders_life()
    {
        var decoder = new OandaTransactionDecoder();
        var transactions = new List<OandaTransaction>();
        foreach (var line in Feeds.Lines(Feeds.Bundled("oanda/transactions_stream_composed.jsonl")))
        {
            var kind = decoder.Decode(line);
            Assert.True(kind is OandaLineKind.Transaction or OandaLineKind.Heartbeat);
            if (decoder.Transaction is { } transaction)
                transactions.Add(transaction);
        }
        Assert.Equal(
            ["6400 pending market buy 100 ", "6400 filled market buy 100 1.16450 0.0000", "6402 pending limit sell -100 1.16450",
                "6402 cancelled limit sell -100 1.16450", "6404 rejected market buy 999999999 ", "6405 pending market sell -100 ",
                "6405 filled market sell -100 1.16450 -0.1200"],
            transactions.Select(t => FormattableString.Invariant(
                $"{t.OrderId} {t.Status} {t.OrderType} {t.Side} {t.Units} {t.Price}{(t.ProfitLoss is null ? "" : FormattableString.Invariant($" {t.ProfitLoss}"))}")));
        Assert.All(transactions, t => Assert.Equal("EUR_USD", t.Instrument));
        Assert.Equal((6406L, 6406L), (decoder.LastTransactionId, decoder.AnnouncedTransactionId));

        var message = OandaMessages.ToMessage(transactions[1])!;
        Assert.Equal(
            ["instrument", "status", "type", "side", "exchange", "order_id", "price", "units", "profit_loss"], message.Keys());
        Assert.Equal(("6400", 100.0, 0.0), (message.Get("order_id"), message.Get("units"), message.Get("profit_loss")));
    }

    [Fact]
    public void Recorded_transaction_objects_decode_and_those_without_an_order_are_not_published()
    {
        var decoder = new OandaTransactionDecoder();
        var statuses = new List<string?>();
        foreach (var line in Feeds.Lines(Feeds.Fixture("Oanda", "transactions_objects.jsonl")))
        {
            Assert.Equal(OandaLineKind.Transaction, decoder.Decode(line));
            statuses.Add(decoder.Transaction!.Status);
            Assert.Equal(decoder.Transaction.Status is null, OandaMessages.ToMessage(decoder.Transaction) is null);
        }
        Assert.Equal(["pending", "cancelled", "cancelled", null, "pending", null, "cancelled", "pending"], statuses);
        var heartbeats = Feeds.Lines(Feeds.Fixture("Oanda", "transactions_stream_heartbeats.jsonl")).ToList();
        Assert.All(heartbeats, line => Assert.Equal(OandaLineKind.Heartbeat, decoder.Decode(line)));
    }

    [Fact]
    public void A_transaction_on_the_stream_and_in_a_back_fill_counts_once_and_a_missing_one_shows()
    {
        var decoder = new OandaTransactionDecoder();
        var order = Bytes("""{"id":"10","type":"LIMIT_ORDER","instrument":"A_B","units":"1","price":"2","time":"2026-01-15T10:30:00Z"}""");
        Assert.Equal(OandaLineKind.Transaction, decoder.Decode(order));
        Assert.Equal(OandaLineKind.Duplicate, decoder.Decode(order));
        Assert.Null(decoder.Transaction);
        Assert.Equal(OandaLineKind.Heartbeat, decoder.Decode(Bytes("""{"type":"HEARTBEAT","lastTransactionID":"12","time":"2026-01-15T10:30:05Z"}""")));
        Assert.Equal((10L, 12L), (decoder.LastTransactionId, decoder.AnnouncedTransactionId));
        // A refused cancel leaves the order as it was.
        decoder.Decode(Bytes("""{"id":"11","type":"ORDER_CANCEL_REJECT","orderID":"10","time":"2026-01-15T10:30:06Z"}"""));
        Assert.Null(decoder.Transaction!.Status);
    }

    [Fact]
    public void An_order_that_closes_a_trade_is_of_the_trades_instrument()
    {
        var decoder = new OandaTransactionDecoder();
        decoder.Decode(Bytes("""{"id":"10","type":"MARKET_ORDER","instrument":"EUR_USD","units":"100","time":"2026-01-15T10:30:00Z"}"""));
        decoder.Decode(Bytes("""{"id":"11","type":"ORDER_FILL","orderID":"10","instrument":"EUR_USD","units":"100","price":"1.1","tradeOpened":{"tradeID":"11","units":"100"},"time":"2026-01-15T10:30:00Z"}"""));
        decoder.Decode(Bytes("""{"id":"12","type":"TAKE_PROFIT_ORDER","tradeID":"11","price":"1.2","timeInForce":"GTC","time":"2026-01-15T10:30:00Z"}"""));
        Assert.Equal(("EUR_USD", "take_profit", 1.2m), (decoder.Transaction!.Instrument, decoder.Transaction.OrderType, decoder.Transaction.Price!.Value));
        decoder.Decode(Bytes("""{"id":"13","type":"ORDER_CANCEL","orderID":"12","reason":"LINKED_TRADE_CLOSED","time":"2026-01-15T10:30:00Z"}"""));
        Assert.Equal(("EUR_USD", "cancelled"), (decoder.Transaction!.Instrument, decoder.Transaction.Status));
        decoder.Decode(Bytes("""{"id":"14","type":"STOP_LOSS_ORDER","tradeID":"7","price":"1.0","time":"2026-01-15T10:30:00Z"}"""));
        Assert.Null(decoder.Transaction!.Instrument);
    }

    [Theory]
    [InlineData("not json", OandaLineKind.Malformed)]
    [InlineData("""{"type":"PRICE","instrument":"A_B"}""", OandaLineKind.Malformed)]
    [InlineData("""{"type":"PRICE","time":"2026-01-15T10:30:00Z","bids":[]}""", OandaLineKind.Malformed)]
    [InlineData("""{"type":"PRICE","time":"2026-01-15T10:30:00Z","bids":[{"price":"x"}],"instrument":"A_B"}""", OandaLineKind.Malformed)]
    [InlineData("""{"type":"SOMETHING_NEW","time":"2026-01-15T10:30:00Z"}""", OandaLineKind.Unknown)]
    [InlineData("""{"type":"PRICE","time":"1768473000.123456789","bids":[{"price":"1","liquidity":"5"}],"instrument":"A_B","tradeable":true}""", OandaLineKind.Price)]
    [InlineData("""[]""", OandaLineKind.Unknown)]
    [InlineData("  \r", OandaLineKind.Blank)]
    public void Pricing_lines_of_every_sort_are_safe(string line, OandaLineKind kind)
    {
        var decoder = new OandaPricingDecoder();
        Assert.Equal(kind, decoder.Decode(Bytes(line)));
        Assert.Equal(kind == OandaLineKind.Malformed, decoder.LastError is not null);
    }

    [Theory]
    [InlineData("{", OandaLineKind.Malformed)]
    [InlineData("""{"id":"1","type":"ORDER_FILL","time":"never"}""", OandaLineKind.Malformed)]
    [InlineData("""{"id":"1","type":"ORDER_FILL","units":"ALL","time":"2026-01-15T10:30:00Z"}""", OandaLineKind.Malformed)]
    [InlineData("""{"id":"1","type":"DIVIDEND_ADJUSTMENT","time":"2026-01-15T10:30:00Z"}""", OandaLineKind.Transaction)]
    [InlineData("""{"type":"X"}""", OandaLineKind.Unknown)]
    [InlineData("", OandaLineKind.Blank)]
    public void Transaction_lines_of_every_sort_are_safe(string line, OandaLineKind kind) =>
        Assert.Equal(kind, new OandaTransactionDecoder().Decode(Bytes(line)));

    private static OandaPrice Expected(byte[] line)
    {
        using var document = JsonDocument.Parse(line);
        var root = document.RootElement;
        decimal? Number(string name) => root.GetProperty(name) switch
        {
            { ValueKind: JsonValueKind.Null } => null,
            { ValueKind: JsonValueKind.String } text => decimal.Parse(text.GetString()!, System.Globalization.CultureInfo.InvariantCulture),
            var number => number.GetDecimal(),
        };
        Assert.True(Rfc3339.TryParse(root.GetProperty("time").GetString(), out var time));
        return new OandaPrice(
            root.GetProperty("instrument").GetString()!, Number("bid"), Number("ask"), Number("bid_liquidity"), Number("ask_liquidity"),
            root.GetProperty("tradeable").GetBoolean(), time);
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
