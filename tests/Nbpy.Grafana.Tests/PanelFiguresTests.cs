using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Nbpy.Grafana.Tests;

/// <summary>What panels say of data whose true figures are known, in both stores.</summary>
public sealed class PanelFiguresTests
{
    private static readonly DateTimeOffset To = new(DateTimeOffset.UtcNow.Ticks / TimeSpan.TicksPerMinute * TimeSpan.TicksPerMinute, TimeSpan.Zero);
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("influxd")]
    [InlineData("embedded")]
    public async Task FiguresAreThoseOfTheData(string kind)
    {
        await using var store = await StoreProcess.StartOrSkipAsync(kind, Cancel);
        await store.QueryAsync("CREATE DATABASE tick", Cancel);
        await store.QueryAsync("CREATE RETENTION POLICY \"default\" ON tick DURATION 30d REPLICATION 1 DEFAULT; CREATE RETENTION POLICY long_term ON tick DURATION 365d REPLICATION 1", Cancel);
        await store.WriteAsync(Lines(), Cancel);

        // One service has lost before, another loses now: neither hides the other, and a restart's counter at 0 takes nothing off.
        Assert.Equal(50, (await SumAsync(store, "nbpy_pipeline", "Missing, before repair")));
        Assert.Equal(2, (await SumAsync(store, "nbpy_pipeline", "Restarts")));
        Assert.Equal(30, (await SumAsync(store, "nbpy_pipeline", "Lost")));
        Assert.Equal(700, (await LastAsync(store, "nbpy_pipeline", "Spool on disk")));

        // A running total that moves once in a bucket moved all the same.
        Assert.Equal(100, (await SumAsync(store, "kraken_tick_stream", "Volume by $interval")), 6);
        Assert.Equal(50, (await SumAsync(store, "betfair_stream", "Money matched by $interval")), 6);

        // The minute that is not over is not shown as a fall.
        Assert.Equal(6, (await LastAsync(store, "betfair_stream", "Updates a minute")), 6);

        // Levels that did not change count as much as those that did; one that is gone counts nothing.
        Assert.Equal(8, (await LastAsync(store, "kraken_depth_stream", "Bid size, all levels")), 6);
        Assert.Equal(1, (await LastAsync(store, "kraken_depth_stream", "Ask size, all levels")), 6);
        Assert.Equal(7d / 9, (await LastAsync(store, "kraken_depth_stream", "Imbalance now")), 6);
        var ladder = await AskAsync(store, "kraken_depth_stream", "Ladder · $source");
        var second = ladder.Single(s => s!["tags"]!["level"]!.ToString() == "2")!;
        var columns = second["columns"]!.AsArray().Select(c => c!.ToString()).ToList();
        Assert.Equal(0, second["values"]![0]![columns.IndexOf("ask")]!.GetValue<double>());
        Assert.Equal(99, second["values"]![0]![columns.IndexOf("bid")]!.GetValue<double>());

        // A level that has lost one side has no middle from then on: here after three buckets.
        var distances = (await ValuesAsync(store, "kraken_depth_stream", "The book over time: where the sizes rest, in basis points from the middle")).Select(d => Math.Round(d, 2)).ToList();
        Assert.Equal([-198.02, -99.01], distances.Distinct().Order());
        Assert.Equal(3, distances.Count(d => d < -100));

        // Prices of two pairs are never mixed.
        Assert.Equal([50, 100], (await ValuesAsync(store, "kraken_orders_stream", "Fills: price by side")).Order());

        // What was filled of an order that was cancelled later was filled; each order counts once.
        Assert.Equal(140, (await SumAsync(store, "kraken_orders_stream", "Value filled of orders that ended, by side, per $interval")), 6);
        Assert.Equal(7, (await SumAsync(store, "kraken_orders_stream", "Fees of orders that ended")), 6);

        // Another source is never mixed in.
        Assert.Equal(101, (await LastAsync(store, "kraken_tick_stream", "Bid")), 6);
    }

    private static string Lines()
    {
        var text = new StringBuilder();
        void Add(string line, double secondsBefore) => text.Append(line).Append(CultureInfo.InvariantCulture, $" {(To.ToUnixTimeMilliseconds() - (long)(secondsBefore * 1000)) * 1_000_000}\n");
        for (var i = 0; i <= 10; i++)
        {
            var before = 605 - (i * 60);
            Add($"nbpy_services,service=a,role=subscriber missing=100i,restarts={(i < 3 ? 1 : i < 6 ? 0 : 1)}i,spool_bytes=0i", before);
            Add($"nbpy_services,service=b,role=subscriber missing={(i < 5 ? i * 10 : 50)}i,restarts={(i < 4 ? 0 : 1)}i,spool_bytes=700i", before);
            Add($"kraken_tick,pair=XBT/USD,exchange=kraken,source=simulated bid=101,ask=102,last_trade_price=101,volume={1000 + (i * 10)},vwap=101", before);
            Add("kraken_tick,pair=XBT/USD,exchange=kraken,source=live bid=55,ask=56,last_trade_price=55,volume=1,vwap=55", before - 2);
            Add($"betfair_stream,event_id=3,market_id=1.234,selection_id=4700,exchange=betfair,source=simulated back_price=2,matched_amount={i * 5}", before);
        }
        for (var i = 0; i < 60; i++)
            Add("betfair_stream,event_id=3,market_id=1.234,selection_id=4701,exchange=betfair,source=simulated back_price=2", (i * 12) + 1);
        Add("nbpy_gaps,topic=kraken_tick,subscriber=a,reason=not_in_ring epoch=1i,from=1i,to=20i,count=20i", 300);
        Add("nbpy_gaps,topic=kraken_depth,subscriber=b,reason=spool epoch=1i,from=1i,to=10i,count=10i", 200);
        void Level(int level, double bid, double ask, double before) => Add(FormattableString.Invariant($"kraken_depth,pair=XBT/USD,level={level},exchange=kraken,source=simulated bid_price={101 - level},bid_size={bid},ask_price={101 + level},ask_size={ask}"), before);
        Level(2, 5, 4, 500);
        Level(2, 5, 0, 400);
        for (var i = 0; i < 30; i++)
            Level(1, 3, 1, 300 - (i * 10));
        void Order(string id, string status, double filled, double fee, double before) => Add(FormattableString.Invariant($"kraken_orders,pair=XBT/USD,status={status},type=limit,side=buy,exchange=kraken,source=simulated order_id=\"{id}\",price=100,amount=1,filled_amount={filled},fee={fee}"), before);
        Order("A", "new", 0, 0, 400);
        Order("A", "partially_filled", 0.4, 2, 390);
        Order("A", "canceled", 0.4, 2, 380);
        Order("B", "partially_filled", 0.5, 2.5, 370);
        Order("B", "filled", 1, 5, 360);
        Add("kraken_orders,pair=ETH/USD,status=filled,type=limit,side=buy,exchange=kraken,source=simulated order_id=\"D\",price=50,amount=1,filled_amount=0,fee=0", 360);
        Order("C", "partially_filled", 0.9, 4, 350);
        return text.ToString();
    }

    private static async Task<double> SumAsync(StoreProcess store, string uid, string title) => (await ValuesAsync(store, uid, title)).Sum();

    private static async Task<double> LastAsync(StoreProcess store, string uid, string title) => (await ValuesAsync(store, uid, title)).Last();

    private static async Task<List<double>> ValuesAsync(StoreProcess store, string uid, string title) =>
        [.. (await AskAsync(store, uid, title)).SelectMany(s => s!["values"]!.AsArray()).Select(v => v![1]).OfType<JsonValue>().Select(v => v.GetValue<double>())];

    private static async Task<JsonArray> AskAsync(StoreProcess store, string uid, string title)
    {
        var panel = Dashboards.All(Configurations.Seven(store.Port)).Single(d => d.Uid == uid).Panels.Single(p => p.Title == title);
        var query = panel.Targets[0].Query
            .Replace("$timeFilter", FormattableString.Invariant($"time >= {To.AddMinutes(-15).ToUnixTimeMilliseconds()}ms AND time <= {To.ToUnixTimeMilliseconds()}ms"), StringComparison.Ordinal)
            .Replace("${__to}", FormattableString.Invariant($"{To.ToUnixTimeMilliseconds()}"), StringComparison.Ordinal)
            .Replace("$__interval_ms", "60000", StringComparison.Ordinal).Replace("$__interval", "60s", StringComparison.Ordinal).Replace("$interval", "30s", StringComparison.Ordinal)
            .Replace("'$source'", "'simulated'", StringComparison.Ordinal).Replace("'$pair'", "'XBT/USD'", StringComparison.Ordinal).Replace("'$market_id'", "'1.234'", StringComparison.Ordinal);
        query = System.Text.RegularExpressions.Regex.Replace(query, @"/\^\$\w+\$/", "/.*/");
        var answer = JsonNode.Parse(await store.QueryAsync(query, Cancel))!["results"]![0]!;
        Assert.True(answer["series"] is JsonArray { Count: > 0 }, $"{title}: {query}: {answer.ToJsonString()}");
        return answer["series"]!.AsArray();
    }
}
