using System.Globalization;
using Nbpy.Messaging;
using Nbpy.Publishers.Betfair;

namespace Nbpy.Publishers.Simulation;

/// <summary>An account's orders on Betfair and their lives: placed, matched in parts, then matched whole or cancelled. A step tells of one order,
/// in the words of the live feed.</summary>
/// <param name="markets">The market's id is the first; one is made up when there is none.</param>
/// <param name="random">The dice.</param>
public sealed class BetfairOrderModel(IReadOnlyList<string> markets, Random random) : IMarketModel
{
    private const int MostOpen = 12;
    private readonly string market = markets.Count > 0 ? markets[0] : "1.200000001";
    private readonly List<BetfairOrder> open = [];
    private long lastId = 221_000_000_000 + random.Next(1_000_000);

    /// <inheritdoc/>
    public void Step(Queue<IReadOnlyList<MessageField>> messages)
    {
        if (open.Count == 0 || (open.Count < MostOpen && random.NextDouble() < 0.4))
        {
            open.Add(Create());
            Tell(open[^1], messages);
            return;
        }

        var at = random.Next(open.Count);
        var order = open[at] = Next(open[at]);
        if (!order.Open)
            open.RemoveAt(at);
        Tell(order, messages);
    }

    private static void Tell(BetfairOrder order, Queue<IReadOnlyList<MessageField>> messages) => messages.Enqueue(BetfairMessages.ToMessage(order, 0).Fields);

    private BetfairOrder Create()
    {
        lastId += random.Next(1, 50);
        var size = Math.Round(2 + (decimal)(100 * random.NextDouble()), 2);
        var price = BetfairModel.Prices[random.Next(100, BetfairModel.Prices.Count - 100)];
        return new BetfairOrder(
            market, 47_972 + (random.Next(6) * 311), 0, lastId.ToString(CultureInfo.InvariantCulture), "E", random.Next(2) == 0 ? "B" : "L", "L",
            price, size, null, null, 0, size, 0, 0, 0);
    }

    private BetfairOrder Next(BetfairOrder order)
    {
        var left = order.Remaining!.Value;
        if (random.NextDouble() < 0.15)
            return order with { Status = "EC", Remaining = 0, Cancelled = left };
        var part = random.NextDouble() < 0.4 ? left : Math.Round(left * (decimal)(0.2 + (0.5 * random.NextDouble())), 2);
        // Pennies are matched whole.
        var matched = part < 0.01m || left - part < 0.01m ? left : part;
        return order with { Status = matched == left ? "EC" : "E", Matched = order.Matched + matched, Remaining = left - matched, AveragePrice = order.Price };
    }
}
