using System.Globalization;
using Nbpy.Messaging;

namespace Nbpy.Publishers.Simulation;

/// <summary>Whose orders.</summary>
public enum OrderStyle
{
    /// <summary>price, amount, filled_amount, fee.</summary>
    Kraken,

    /// <summary>price, units (negative: sell), profit_loss.</summary>
    Oanda,
}

/// <summary>Orders and their lives: new, then filled in parts, then filled or canceled. A step tells of one order.</summary>
public sealed class OrderModel(IReadOnlyList<Instrument> instruments, OrderStyle style, Random random) : IMarketModel
{
    private const int MostOpen = 12;
    private const decimal FeeRate = 0.0026m;
    private readonly PriceWalk walk = new(instruments, random);
    private readonly List<Order> open = [];
    private long lastId = 10_000_000 + random.Next(1_000_000);

    /// <inheritdoc/>
    public void Step(Queue<IReadOnlyList<MessageField>> messages)
    {
        walk.Step();
        if (open.Count == 0 || (open.Count < MostOpen && random.NextDouble() < 0.4))
        {
            var created = Create();
            open.Add(created);
            messages.Enqueue(Tell(created, "new"));
            return;
        }

        var order = open[random.Next(open.Count)];
        if (random.NextDouble() < 0.15)
        {
            open.Remove(order);
            messages.Enqueue(Tell(order, "canceled"));
            return;
        }

        var left = order.Amount - order.Filled;
        order.Filled += order.IsMarket || random.NextDouble() < 0.4 ? left : Math.Round(left * (decimal)(0.2 + (0.5 * random.NextDouble())), 8);
        if (order.Filled == order.Amount)
            open.Remove(order);
        messages.Enqueue(Tell(order, order.Filled == order.Amount ? "filled" : "partially_filled"));
    }

    private Order Create()
    {
        var i = random.Next(instruments.Count);
        var (bid, ask) = walk.Quote(i);
        var buys = random.Next(2) == 0;
        var isMarket = random.NextDouble() < 0.3;
        var away = isMarket ? 0 : instruments[i].Tick * random.Next(0, 20);
        lastId += random.Next(1, 50);
        var id = style == OrderStyle.Kraken ? $"O{lastId:X8}-SIM" : lastId.ToString(CultureInfo.InvariantCulture);
        var amount = style == OrderStyle.Kraken ? walk.Size(i) : random.Next(1, 100) * 1_000m;
        return new Order(id, i, buys, isMarket, buys ? (isMarket ? ask : bid) - away : (isMarket ? bid : ask) + away, amount);
    }

    private MessageField[] Tell(Order order, string status)
    {
        var side = order.Buys ? "buy" : "sell";
        var type = order.IsMarket ? "market" : "limit";
        var name = instruments[order.Index].Name;
        if (style == OrderStyle.Kraken)
            return
            [
                new("pair", name), new("status", status), new("type", type), new("side", side), new("exchange", "kraken"), new("order_id", order.Id),
                new("price", order.Price), new("amount", order.Amount), new("filled_amount", order.Filled), new("fee", Math.Round(order.Filled * order.Price * FeeRate, 8)),
            ];
        var (bid, ask) = walk.Quote(order.Index);
        var gain = order.Buys ? bid - order.Price : order.Price - ask;
        return
        [
            new("instrument", name), new("status", status), new("type", type), new("side", side), new("exchange", "oanda"), new("order_id", order.Id),
            new("price", order.Price), new("units", order.Buys ? order.Amount : -order.Amount),
            new("profit_loss", status == "filled" ? Math.Round(gain * order.Amount, 4) : 0m),
        ];
    }

    private sealed class Order(string id, int index, bool buys, bool isMarket, decimal price, decimal amount)
    {
        public string Id => id;

        public int Index => index;

        public bool Buys => buys;

        public bool IsMarket => isMarket;

        public decimal Price => price;

        public decimal Amount => amount;

        public decimal Filled { get; set; }
    }
}
