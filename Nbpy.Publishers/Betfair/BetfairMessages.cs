using System.Globalization;
using Nbpy.Messaging;

namespace Nbpy.Publishers.Betfair;

/// <summary>Records to messages of the topic betfair_stream, and of one for orders. The only place where a Betfair number becomes a double.</summary>
public static class BetfairMessages
{
    /// <summary>betfair_stream: one message per changed selection. A side on which nothing is offered has size 0 and no
    /// price; a side the subscription does not deliver has neither. A runner with a handicap has the selection id
    /// <c>id:handicap</c>, for otherwise its lines would overwrite each other.</summary>
    public static MarketMessage ToMessage(in BetfairSelectionChange change) => new(change.TimestampNs,
    [
        new("event_id", change.EventId), new("market_id", change.MarketId),
        new("selection_id", SelectionId(change.SelectionId, change.Handicap)), new("exchange", "betfair"),
        new("back_price", change.Back?.Price), new("back_size", change.Back?.Size ?? (change.HasBackLadder ? 0m : null)),
        new("lay_price", change.Lay?.Price), new("lay_size", change.Lay?.Size ?? (change.HasLayLadder ? 0m : null)),
        new("last_traded_price", change.LastTradedPrice), new("matched_amount", change.MatchedAmount),
    ]);

    /// <summary>The account's orders: one message per order and change. Betfair's letters are spelt out; one that is not known stays as it is.</summary>
    public static MarketMessage ToMessage(BetfairOrder order, long timestampNs) => new(timestampNs,
    [
        new("market_id", order.MarketId), new("selection_id", SelectionId(order.SelectionId, order.Handicap)),
        new("status", order.Status switch { "E" => "executable", "EC" => "execution_complete", var other => other }),
        new("type", order.OrderType switch { "L" => "limit", "LOC" => "limit_on_close", "MOC" => "market_on_close", var other => other }),
        new("side", order.Side switch { "B" => "back", "L" => "lay", var other => other }), new("exchange", "betfair"),
        new("order_id", order.BetId), new("price", order.Price), new("size", order.Size), new("bsp_liability", order.StartingPriceLiability),
        new("average_price", order.AveragePrice), new("size_matched", order.Matched), new("size_remaining", order.Remaining),
        new("size_lapsed", order.Lapsed), new("size_cancelled", order.Cancelled), new("size_voided", order.Voided),
    ]);

    private static string SelectionId(long id, decimal handicap) => handicap == 0
        ? id.ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{id}:{handicap / 1.0000000000000000000000000000m}");
}
