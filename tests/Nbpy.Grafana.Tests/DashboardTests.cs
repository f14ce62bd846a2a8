using System.Text.Json.Nodes;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Grafana.Tests;

public sealed class DashboardTests
{
    [Fact]
    public void UidsAreFixedUniqueAndValid()
    {
        var uids = Dashboards.All(Configurations.Seven(8086)).Select(d => d.Uid).ToList();
        Assert.Equal(
            ["kraken_tick_stream", "kraken_depth_stream", "kraken_orders_stream", "oanda_tick_stream", "oanda_orders_stream",
             "betfair_stream", "twitter_sentiment_stream", "weather_stream", "nbpy_pipeline"],
            uids);
        var none = new InfluxDbConfig();
        Assert.Matches("^[A-Za-z0-9_-]{1,40}$", Dashboards.UidOf(none, "a measurement with/a very long and strange name, ünïcode"));
        Assert.NotEqual(Dashboards.UidOf(none, "a b"), Dashboards.UidOf(none, "a/b"));
    }

    [Fact]
    public void TwoMeasurementsWithTheSameNaturalUidHaveTwo()
    {
        MeasurementConfig Of(string name) => new() { Name = name, Tags = [], Fields = ["x"] };
        var store = new InfluxDbConfig { Measurements = new[] { Of("foo"), Of("foo_stream"), Of("bar") }.ToDictionary(m => m.Name) };
        Assert.Equal("foo_stream", Dashboards.UidOf(store, "foo_stream"));
        Assert.Matches("^foo_stream-[0-9a-f]{8}$", Dashboards.UidOf(store, "foo"));
        Assert.Equal("bar_stream", Dashboards.UidOf(store, "bar"));
        var config = Configurations.Seven(8086) with { InfluxDb = store };
        Assert.Equal(4, Dashboards.All(config).Select(d => d.Uid).Distinct().Count());
    }

    [Fact]
    public void PanelIdsAreUniqueAndPanelsDoNotOverlap()
    {
        foreach (var dashboard in Dashboards.All(Configurations.Seven(8086)))
        {
            var panels = dashboard.ToJson()["panels"]!.AsArray();
            Assert.Equal(panels.Count, panels.Select(p => p!["id"]!.GetValue<int>()).Distinct().Count());
            var cells = panels.SelectMany(p => Cells(p!["gridPos"]!)).ToList();
            Assert.Equal(cells.Count, cells.Distinct().Count());
            Assert.All(cells, c => Assert.InRange(c.X, 0, 23));
        }
    }

    [Fact]
    public void EveryPanelNamesTheDatasourceAndThePolicy()
    {
        foreach (var dashboard in Dashboards.All(Configurations.Seven(8086)))
        {
            foreach (var target in dashboard.ToJson()["panels"]!.AsArray().SelectMany(p => p!["targets"]!.AsArray()))
            {
                Assert.Equal(DataSource.Uid, target!["datasource"]!["uid"]!.ToString());
                var query = target["query"]!.ToString();
                var policy = dashboard.Uid == "weather_stream" ? "high_frequency" : query.Contains("_1m\"", StringComparison.Ordinal) ? "long_term" : "default";
                Assert.Contains($"FROM \"{policy}\".", query, StringComparison.Ordinal);
            }
        }
    }

    private static IEnumerable<(int X, int Y)> Cells(JsonNode grid)
    {
        int Value(string key) => grid[key]!.GetValue<int>();
        return from x in Enumerable.Range(Value("x"), Value("w")) from y in Enumerable.Range(Value("y"), Value("h")) select (x, y);
    }
}
