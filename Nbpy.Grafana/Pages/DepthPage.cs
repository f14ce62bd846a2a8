using System.Text.Json.Nodes;

namespace Nbpy.Grafana.Pages;

/// <summary>An order book: ladder, imbalance, heat maps of its levels over time.</summary>
internal static class DepthPage
{
    private const string Imbalance = "(sum(\"bid_size\") - sum(\"ask_size\")) / (sum(\"bid_size\") + sum(\"ask_size\"))";

    public static IReadOnlyList<Panel> Panels(DashboardContext c)
    {
        var q = c.Queries;
        // Kraken's simulated and live books count from 1.
        var top = q.Where("\"level\" = '1'");
        var levels = "last(\"bid_size\") AS \"bid size\", last(\"bid_price\") AS \"bid\", last(\"ask_price\") AS \"ask\", last(\"ask_size\") AS \"ask size\"";
        return
        [
            Grafana.Panels.Stat("Best bid", top.Last("bid_price")) with { Thresholds = [new(null, "green")] },
            Grafana.Panels.Stat("Best ask", top.Last("ask_price")) with { Thresholds = [new(null, "red")] },
            Grafana.Panels.Stat("Spread, basis points", top.Over("(mean(\"ask_price\") - mean(\"bid_price\")) / mean(\"bid_price\") * 10000 AS \"spread\"")) with
            {
                Decimals = 2, Thresholds = [new(null, "green"), new(5, "yellow"), new(20, "red")],
            },
            Grafana.Panels.Stat("Bid size, all levels", q.Over("mean(\"bid_size\") AS \"size\"")) with { Decimals = 3, Description = "Mean size of a level." },
            Grafana.Panels.Stat("Ask size, all levels", q.Over("mean(\"ask_size\") AS \"size\"")) with { Decimals = 3, Description = "Mean size of a level." },
            Grafana.Panels.Stat("Updates a minute", q.Over("count(\"bid_price\") AS \"updates\"", "1m")),
            Grafana.Panels.Table("Ladder", q.Now(levels, "level"), 11, 10) with
            {
                Description = "The newest price and size of each level.",
                Overrides =
                [
                    new("bid size", FieldOverride.Color("green"), ("custom.cellOptions", Gauge()), ("decimals", 3)),
                    new("ask size", FieldOverride.Color("red"), ("custom.cellOptions", Gauge()), ("decimals", 3)),
                ],
                Transformations = ByLevel(),
            },
            Grafana.Panels.Gauge("Imbalance", q.Over(Imbalance + " AS \"imbalance\""), 5, 10) with
            {
                Min = -1, Max = 1, Decimals = 2, Unit = "none", Description = "(bids − asks) / (bids + asks) over all levels: 1 only buyers, −1 only sellers.",
                Thresholds = [new(null, "red"), new(-0.2, "yellow"), new(0.2, "green")],
            },
            Grafana.Panels.BarChart("Size by level", q.Now("last(\"bid_size\") AS \"bid size\", last(\"ask_size\") AS \"ask size\"", "level"), "level", false, 8, 10) with
            {
                Overrides = [new("bid size", FieldOverride.Color("green")), new("ask size", FieldOverride.Color("red"))], Transformations = ByLevel(),
            },
            Grafana.Panels.Heatmap("Bids over time: size by level", "Greens", false, true, 12, 9, new Target(q.Over("mean(\"bid_size\") AS \"size\"", Queries.Chosen, "level")) { Alias = "$tag_level" }),
            Grafana.Panels.Heatmap("Asks over time: size by level", "Reds", false, true, 12, 9, new Target(q.Over("mean(\"ask_size\") AS \"size\"", Queries.Chosen, "level")) { Alias = "$tag_level" }),
            Grafana.Panels.Lines("Best bid and ask, and the micro-price", 12, 9, new Target(top.Over(
                "mean(\"bid_price\") AS \"bid\", mean(\"ask_price\") AS \"ask\", (mean(\"bid_price\") * mean(\"ask_size\") + mean(\"ask_price\") * mean(\"bid_size\")) / (mean(\"bid_size\") + mean(\"ask_size\")) AS \"micro-price\""))) with
            {
                Description = "The micro-price leans to the side that has less to offer.",
                Overrides =
                [
                    new("bid", FieldOverride.Color("green")), new("ask", FieldOverride.Color("red"), ("custom.fillBelowTo", "bid"), ("custom.fillOpacity", 20)), new("micro-price", FieldOverride.Color("blue")),
                ],
            },
            Grafana.Panels.Lines("Imbalance over time", 12, 9, new Target(q.Over(Imbalance + " AS \"imbalance\""))) with { Min = -1, Max = 1, Decimals = 2, Overrides = [new("imbalance", FieldOverride.Color("purple"), ("custom.fillOpacity", 20))] },
        ];
    }

    private static JsonObject Gauge() => new() { ["type"] = "gauge", ["mode"] = "basic", ["valueDisplayMode"] = "text" };

    // A tag is text, and "10" comes before "2".
    private static JsonArray ByLevel() =>
    [
        Grafana.Panels.Transformation("organize", new JsonObject { ["excludeByName"] = new JsonObject { ["Time"] = true } }),
        Grafana.Panels.Transformation("convertFieldType", new JsonObject { ["conversions"] = new JsonArray(new JsonObject { ["targetField"] = "level", ["destinationType"] = "number" }), ["fields"] = new JsonObject() }),
        Grafana.Panels.Transformation("sortBy", new JsonObject { ["fields"] = new JsonObject(), ["sort"] = new JsonArray(new JsonObject { ["field"] = "level", ["desc"] = false }) }),
    ];
}
