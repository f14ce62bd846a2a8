using Nbpy.Publishers.Simulation;
using Nbpy.Publishers.Tests.Replay;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Tests.Simulation;

public sealed class BetfairOrderModelTests
{
    [Fact]
    public void Orders_live_legally()
    {
        var open = new Dictionary<string, double>();
        foreach (var message in new BetfairOrderModel(["1.5"], new Random(1)).Steps(5_000).Select(Assert.Single))
        {
            var (id, size, matched) = (message.Name("order_id"), message.Number("size"), message.Number("size_matched"));
            Assert.Equal(size, matched + message.Number("size_remaining") + message.Number("size_cancelled"), 1e-6);
            Assert.Contains((decimal)message.Number("price"), BetfairModel.Prices);
            if (!open.TryGetValue(id, out var before))
                Assert.Equal(("executable", 0.0), (message.Name("status"), matched));
            Assert.True(matched >= before, $"{before} {matched}");
            open[id] = message.Name("status") == "executable" ? matched : double.MaxValue;
        }
    }

    [Fact]
    public async Task A_publisher_of_orders_simulates_orders()
    {
        var config = new PublisherConfig
        {
            Name = "o", Class = KnownClasses.BetfairStream, Port = 5568, Topic = "betfair_orders", Options = new Dictionary<string, string> { ["channel"] = "orders" },
        };
        await foreach (var message in SimulatedSource.Create(config, TimeProvider.System).ReadAsync(TestContext.Current.CancellationToken))
        {
            Assert.Equal("executable", message.Get("status"));
            return;
        }
    }
}
