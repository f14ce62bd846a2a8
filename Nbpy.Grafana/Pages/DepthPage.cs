using System.Text.Json.Nodes;

namespace Nbpy.Grafana.Pages;

/// <summary>An order book: ladder, imbalance, where the sizes rest over time. A feed may send only the levels that changed, so the book is the
/// newest state of each level, never a sum of what was sent.</summary>
internal static class DepthPage
{
    private const string Newest = "last(\"bid_size\") AS \"b\", last(\"ask_size\") AS \"a\"";

    public static IReadOnlyList<Panel> Panels(DashboardContext c)
    {
        var q = c.Queries;
        // Kraken's simulated and live books count from 1.
        var top = q.Where("\"level\" = '1'");
        var levels = $"last(\"bid_size\") AS \"bid size\", {Price("bid")} AS \"bid\", {Price("ask")} AS \"ask\", last(\"ask_size\") AS \"ask size\"";
        return
        [
            Grafana.Panels.Stat("Best bid", top.Last("bid_price")) with { Thresholds = [new(null, "green")] },
            Grafana.Panels.Stat("Best ask", top.Last("ask_price")) with { Thresholds = [new(null, "red")] },
            Grafana.Panels.Stat("Spread, basis points", top.Over("(mean(\"ask_price\") - mean(\"bid_price\")) / mean(\"bid_price\") * 10000 AS \"spread\"")) with
            {
                Decimals = 2, Thresholds = [new(null, "green"), new(5, "yellow"), new(20, "red")],
            },
            Grafana.Panels.Stat("Bid size, all levels", q.Total("sum(\"b\") AS \"size\"", Newest, "level")) with { Decimals = 3, Thresholds = [new(null, "green")], Description = "The newest size of each level, added up; in units of the base currency." },
            Grafana.Panels.Stat("Ask size, all levels", q.Total("sum(\"a\") AS \"size\"", Newest, "level")) with { Decimals = 3, Thresholds = [new(null, "red")], Description = "The newest size of each level, added up; in units of the base currency." },
            Grafana.Panels.Stat("Updates a minute", q.Counts("count(\"bid_size\") * 60000 / $__interval_ms AS \"updates\"", Queries.Fine)) with { Interval = "1m", Decimals = 0, Description = "Changed levels, of the newest minute that is over." },
            Grafana.Panels.Table("Ladder · $source", q.Now(levels, "level"), 10, 9) with
            {
                Description = "The newest price and size of each level. A dash: the book has no such level now.",
                // An empty level divides by its size, which InfluxQL says is 0.
                Mappings = [(0, 0, "–", "text")],
                Overrides =
                [
                    new("bid size", FieldOverride.Color("green"), FieldOverride.Bar, ("decimals", 3)), new("bid", FieldOverride.Color("green"), FieldOverride.Coloured),
                    new("ask size", FieldOverride.Color("red"), FieldOverride.Bar, ("decimals", 3)), new("ask", FieldOverride.Color("red"), FieldOverride.Coloured),
                ],
                Transformations = ByLevel(),
            },
            Grafana.Panels.Gauge("Imbalance now", q.Total("(sum(\"b\") - sum(\"a\")) / (sum(\"b\") + sum(\"a\")) AS \"imbalance\"", Newest, "level"), 6, 9) with
            {
                Min = -1, Max = 1, Decimals = 2, Unit = "none", Description = "(bids − asks) / (bids + asks) over the newest size of all levels: 1 only buyers, −1 only sellers.",
                Thresholds = [new(null, "red"), new(-0.2, "yellow"), new(0.2, "green")],
            },
            Grafana.Panels.BarChart("Size by level", q.Now("last(\"bid_size\") AS \"bid size\", last(\"ask_size\") AS \"ask size\"", "level"), "level", false, 8, 9) with
            {
                Overrides = [new("bid size", FieldOverride.Color("green")), new("ask size", FieldOverride.Color("red"))], Transformations = ByLevel(),
            },
            Grafana.Panels.Book("The book over time: where the sizes rest, in basis points from the middle", 24, 12, new Target(Cells(q, "bid", "ask", "-1")) { Table = true }, new Target(Cells(q, "ask", "bid", "1")) { Table = true }) with
            {
                Description = "How far each level is from the middle of its bid and its ask: bids below, asks above, time across; the stronger the colour the more rests there. A level counts from its first change within the range.",
            },
            Grafana.Panels.Heatmap("Bids over time: size by level", "Greens", false, true, 12, 8, ByLevel(q, "bid_size")),
            Grafana.Panels.Heatmap("Asks over time: size by level", "Reds", false, true, 12, 8, ByLevel(q, "ask_size")),
            Grafana.Panels.Lines("Best bid and ask, and the micro-price", 12, 9, new Target(top.Over(
                "mean(\"bid_price\") AS \"bid\", mean(\"ask_price\") AS \"ask\", (mean(\"bid_price\") * mean(\"ask_size\") + mean(\"ask_price\") * mean(\"bid_size\")) / (mean(\"bid_size\") + mean(\"ask_size\")) AS \"micro-price\""))) with
            {
                Description = "The micro-price leans to the side that has less to offer.",
                Overrides =
                [
                    new("bid", FieldOverride.Color("green")), new("ask", FieldOverride.Color("red"), ("custom.fillBelowTo", "bid"), ("custom.fillOpacity", 20)), new("micro-price", FieldOverride.Color("blue")),
                ],
            },
            Grafana.Panels.Lines("Imbalance at the best prices", 12, 9, new Target(top.Over("(mean(\"bid_size\") - mean(\"ask_size\")) / (mean(\"bid_size\") + mean(\"ask_size\")) AS \"imbalance\"", Queries.Chosen))) with
            {
                Decimals = 2, Description = "(bid − ask) / (bid + ask) of the sizes at the best prices, by $interval: 1 only buyers, −1 only sellers.",
                Overrides = [new("imbalance", FieldOverride.Color("purple"), ("custom.fillOpacity", 20))],
            },
        ];
    }

    // Without a size there is no price: the last one is of a level that is gone.
    private static string Price(string side) => $"last(\"{side}_price\") * (last(\"{side}_size\") / last(\"{side}_size\"))";

    // No sum over filled buckets: InfluxDB 1.6 adds up only one series of such a subquery.
    // By distance: a market moves much further in minutes than its book is deep.
    private static string Cells(Queries q, string side, string other, string sign) =>
        $"SELECT \"distance\" AS \"{side}\", \"size\" AS \"{side} size\" FROM ({q.Over($"{sign} * (last(\"ask_price\") - last(\"bid_price\")) / (last(\"ask_price\") + last(\"bid_price\")) * 10000 AS \"distance\", last(\"{side}_size\") AS \"size\", last(\"{other}_size\") AS \"other\"", Queries.Chosen, "level", "previous")}) WHERE \"size\" > 0 AND \"other\" > 0 AND $timeFilter";

    private static Target ByLevel(Queries q, string size) => new(q.Over($"last(\"{size}\") AS \"size\"", Queries.Chosen, "level", "previous")) { Alias = "$tag_level" };

    // A tag is text, and "10" comes before "2".
    private static JsonArray ByLevel() =>
    [
        Grafana.Panels.Transformation("organize", new JsonObject { ["excludeByName"] = new JsonObject { ["Time"] = true } }),
        Grafana.Panels.Transformation("convertFieldType", new JsonObject { ["conversions"] = new JsonArray(new JsonObject { ["targetField"] = "level", ["destinationType"] = "number" }), ["fields"] = new JsonObject() }),
        Grafana.Panels.Transformation("sortBy", new JsonObject { ["fields"] = new JsonObject(), ["sort"] = new JsonArray(new JsonObject { ["field"] = "level", ["desc"] = false }) }),
    ];
}
