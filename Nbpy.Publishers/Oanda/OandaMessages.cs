using Nbpy.Messaging;

namespace Nbpy.Publishers.Oanda;

/// <summary>Records to messages of the topics oanda_tick and oanda_orders. The only place where an OANDA number becomes
/// a double.</summary>
public static class OandaMessages
{
    /// <summary>oanda_tick. OANDA delivers no traded volume: <c>volume</c> is the liquidity of the best bid and ask.</summary>
    /// <returns>Null for a price that cannot be traded (a halted instrument, a closed market: the last price from long
    /// ago must not look like a quote) and for one with neither side.</returns>
    public static MarketMessage? ToMessage(in OandaPrice price)
    {
        if (!price.Tradeable || (price.Bid is null && price.Ask is null))
            return null;
        decimal? volume = price.BidLiquidity is null && price.AskLiquidity is null
            ? null : (price.BidLiquidity ?? 0) + (price.AskLiquidity ?? 0);
        return new MarketMessage(price.TimestampNs,
        [
            new("instrument", price.Instrument), new("exchange", "oanda"),
            new("bid", price.Bid), new("ask", price.Ask), new("spread", price.Spread), new("volume", volume),
        ]);
    }

    /// <summary>oanda_orders.</summary>
    /// <returns>Null for transactions that are about no order (financing, transfers, configuration).</returns>
    public static MarketMessage? ToMessage(OandaTransaction transaction) =>
        transaction.Status is null || transaction.OrderId is null ? null : new MarketMessage(transaction.TimestampNs,
        [
            new("instrument", transaction.Instrument), new("status", transaction.Status), new("type", transaction.OrderType),
            new("side", transaction.Side), new("exchange", "oanda"),
            new("order_id", transaction.OrderId), new("price", transaction.Price), new("units", transaction.Units),
            new("profit_loss", transaction.ProfitLoss),
        ]);
}
