using Nbpy.Publishers.Simulation;

namespace Nbpy.Publishers.Tests.Simulation;

public sealed class OrderModelTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Orders_of_Kraken_live_legally(int seed)
    {
        var open = new Dictionary<string, double>();
        var seen = new HashSet<string>();
        foreach (var message in new OrderModel(Models.Instruments, OrderStyle.Kraken, new Random(seed)).Steps(20_000).Select(Assert.Single))
        {
            var (id, status) = (message.Name("order_id"), message.Name("status"));
            var (filled, amount) = (message.Number("filled_amount"), message.Number("amount"));
            Assert.True(message.Number("price") > 0 && amount > 0);
            Assert.Equal(filled * message.Number("price") * 0.0026, message.Number("fee"), 1e-6);
            if (status == "new")
            {
                Assert.True(seen.Add(id), $"{id} is used twice");
                Assert.Equal(0, filled);
                open[id] = 0;
                continue;
            }
            Assert.True(open.Remove(id, out var before), $"{id} is {status} but not open");
            switch (status)
            {
                case "partially_filled":
                    Assert.True(filled > before && filled < amount, $"{before} {filled} {amount}");
                    Assert.Equal("limit", message.Name("type"));
                    open[id] = filled;
                    break;
                case "filled":
                    Assert.Equal(amount, filled);
                    break;
                default:
                    Assert.Equal("canceled", status);
                    Assert.Equal(before, filled);
                    break;
            }
        }
        Assert.InRange(open.Count, 0, 12);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Orders_of_Oanda_live_legally_and_sell_with_negative_units(int seed)
    {
        var open = new Dictionary<string, double>();
        var seen = new HashSet<string>();
        foreach (var message in new OrderModel(Models.Instruments, OrderStyle.Oanda, new Random(seed)).Steps(20_000).Select(Assert.Single))
        {
            var (id, status, units) = (message.Name("order_id"), message.Name("status"), message.Number("units"));
            Assert.Equal(message.Name("side") == "sell" ? -1 : 1, Math.Sign(units));
            if (status == "new")
                Assert.True(seen.Add(id) && open.TryAdd(id, units));
            else
                Assert.Equal(units, open[id]);
            if (status != "filled")
                Assert.Equal(0, message.Number("profit_loss"));
            if (status is "filled" or "canceled")
                open.Remove(id);
            else
                Assert.True(status is "new" or "partially_filled", status);
        }
        Assert.InRange(open.Count, 0, 12);
    }
}
