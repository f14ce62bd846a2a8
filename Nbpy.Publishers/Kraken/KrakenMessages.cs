using System.Globalization;
using Nbpy.Messaging;

namespace Nbpy.Publishers.Kraken;

/// <summary>Records to messages of the topics kraken_tick, kraken_depth and kraken_orders. The only place where a
/// Kraken number becomes a double.</summary>
public static class KrakenMessages
{
    /// <summary>Kraken's deepest book.</summary>
    private const int DeepestLevel = 1000;

    private static readonly string[] LevelNames =
        [.. Enumerable.Range(1, DeepestLevel).Select(i => i.ToString(CultureInfo.InvariantCulture))];

    /// <summary>kraken_tick.</summary>
    /// <param name="ticker">The record.</param>
    /// <param name="receivedNs">Stands in where the venue sent no time.</param>
    public static MarketMessage ToMessage(in KrakenTicker ticker, long receivedNs) => new(ticker.TimestampNs ?? receivedNs,
    [
        new("pair", ticker.Symbol), new("exchange", "kraken"),
        new("bid", ticker.Bid), new("ask", ticker.Ask), new("last_trade_price", ticker.Last),
        new("volume", ticker.Volume), new("vwap", ticker.Vwap),
    ]);

    /// <summary>kraken_depth: one message per changed level. A side that has no such level any more has size 0 and no price.</summary>
    public static MarketMessage ToMessage(string symbol, in KrakenDepthLevel level, long timestampNs) => new(timestampNs,
    [
        new("pair", symbol), new("level", LevelName(level.Level)), new("exchange", "kraken"),
        new("bid_price", level.BidPrice), new("bid_size", level.BidSize),
        new("ask_price", level.AskPrice), new("ask_size", level.AskSize),
    ]);

    /// <summary>kraken_orders from the private channel.</summary>
    public static MarketMessage ToMessage(KrakenOrderEvent order, long receivedNs) => new(order.TimestampNs ?? receivedNs,
    [
        new("pair", order.Symbol), new("status", order.Status), new("type", order.OrderType), new("side", order.Side),
        new("exchange", "kraken"),
        new("order_id", order.OrderId), new("price", order.Price), new("amount", order.Amount),
        new("filled_amount", order.FilledAmount), new("fee", order.Fee),
    ]);

    /// <summary>kraken_orders from the public trades, where there is no key: a trade is an order filled at once. Public
    /// trades state no fee.</summary>
    public static MarketMessage ToMessage(in KrakenTrade trade, long receivedNs) => new(trade.TimestampNs ?? receivedNs,
    [
        new("pair", trade.Symbol), new("status", "filled"), new("type", trade.OrderType), new("side", trade.Side),
        new("exchange", "kraken"),
        new("order_id", trade.TradeId.ToString(CultureInfo.InvariantCulture)), new("price", trade.Price),
        new("amount", trade.Quantity), new("filled_amount", trade.Quantity),
    ]);

    // Books of other venues' recordings may be deeper than what Kraken offers.
    private static string LevelName(int level) =>
        level <= DeepestLevel ? LevelNames[level - 1] : level.ToString(CultureInfo.InvariantCulture);
}
