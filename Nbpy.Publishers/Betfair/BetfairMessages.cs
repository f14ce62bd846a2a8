using System.Globalization;
using Nbpy.Messaging;

namespace Nbpy.Publishers.Betfair;

/// <summary>Records to messages of the topic betfair_stream. The only place where a Betfair number becomes a double.</summary>
public static class BetfairMessages
{
    /// <summary>betfair_stream: one message per changed selection. A side on which nothing is offered has size 0 and no
    /// price; a side the subscription does not deliver has neither. A runner with a handicap has the selection id
    /// <c>id:handicap</c>, for otherwise its lines would overwrite each other.</summary>
    public static MarketMessage ToMessage(in BetfairSelectionChange change) => new(change.TimestampNs,
    [
        new("event_id", change.EventId), new("market_id", change.MarketId),
        new("selection_id", SelectionId(change)), new("exchange", "betfair"),
        new("back_price", change.Back?.Price), new("back_size", change.Back?.Size ?? (change.HasBackLadder ? 0m : null)),
        new("lay_price", change.Lay?.Price), new("lay_size", change.Lay?.Size ?? (change.HasLayLadder ? 0m : null)),
        new("last_traded_price", change.LastTradedPrice), new("matched_amount", change.MatchedAmount),
    ]);

    private static string SelectionId(in BetfairSelectionChange change) => change.Handicap == 0
        ? change.SelectionId.ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{change.SelectionId}:{change.Handicap / 1.0000000000000000000000000000m}");
}
