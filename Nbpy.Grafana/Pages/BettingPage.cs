namespace Nbpy.Grafana.Pages;

/// <summary>A betting market: the back and lay ladder of its selections, odds, chances, money matched.</summary>
internal static class BettingPage
{
    private static readonly string[] Ladder = ["back_size", "back_price", "lay_price", "lay_size", "last_traded_price", "matched_amount"];

    public static IReadOnlyList<Panel> Panels(DashboardContext c, string selection)
    {
        var q = c.Queries;
        var name = "$tag_" + selection;
        var fields = Ladder.Where(c.Has).ToList();
        var columns = string.Join(", ", fields.Select(f => $"last({InfluxQl.Name(f)}) AS {InfluxQl.Name(f.Replace('_', ' '))}"));
        return
        [
            Grafana.Panels.Stat("Best back", q.Over("min(\"back_price\") AS \"back\""), width: 6) with { Decimals = 2, Thresholds = [new(null, "blue")], Description = "The favourite's odds." },
            Grafana.Panels.Stat("Best lay", q.Over("min(\"lay_price\") AS \"lay\""), width: 6) with { Decimals = 2, Thresholds = [new(null, "red")], Description = "The favourite's odds." },
            Grafana.Panels.Stat("Back–lay gap", q.Over("(min(\"lay_price\") - min(\"back_price\")) / min(\"back_price\") AS \"gap\""), width: 6) with
            {
                Description = "The favourite's.", Unit = "percentunit", Decimals = 2, Thresholds = [new(null, "green"), new(0.05, "yellow"), new(0.2, "red")],
            },
            Grafana.Panels.Stat("Updates a minute", q.Counts("count(\"back_price\") * 60000 / $__interval_ms AS \"updates\"", Queries.Fine), width: 6) with { Interval = "1m", Decimals = 0, Description = "Of the newest minute that is over." },
            Grafana.Panels.Table("Back and lay ladder · $source", q.Now(columns, selection), 14, 8) with
            {
                Overrides =
                [
                    new("back price", FieldOverride.Color("blue"), ("decimals", 2), FieldOverride.Coloured), new("lay price", FieldOverride.Color("red"), ("decimals", 2), FieldOverride.Coloured),
                    new("last traded price", ("decimals", 2)), new("/size|matched/", ("unit", "currencyGBP"), ("decimals", 0)), new("Time", ("custom.hidden", true)),
                ],
            },
            Grafana.Panels.BarChart(c.Has("matched_amount") ? "Matched by selection" : "Updates by selection", q.Now(c.Has("matched_amount") ? "last(\"matched_amount\") AS \"matched\"" : "count(\"back_price\") AS \"updates\"", selection), selection, true, 10, 8) with
            {
                Unit = c.Has("matched_amount") ? "currencyGBP" : null,
            },
            Grafana.Panels.Lines("Odds: " + (c.Has("last_traded_price") ? "last traded price" : "back price"), 12, 10, new Target(q.Over($"last({(c.Has("last_traded_price") ? "\"last_traded_price\"" : "\"back_price\"")}) AS \"price\"", Queries.Fine, selection)) { Alias = name }) with { Decimals = 2 },
            Grafana.Panels.Lines("Chance of winning that the odds imply", 12, 10, new Target(q.Over("1 / mean(\"back_price\") AS \"chance\"", Queries.Fine, selection)) { Alias = name }) with { Unit = "percentunit", Min = 0 },
            Grafana.Panels.Lines("Back and lay of the favourite", 12, 9, new Target(q.Over("min(\"back_price\") AS \"back\", min(\"lay_price\") AS \"lay\""))) with
            {
                Decimals = 2, Description = "The shortest odds of all that are chosen: of one selection, its own.",
                Overrides = [new("back", FieldOverride.Color("blue")), new("lay", FieldOverride.Color("red"), ("custom.fillBelowTo", "back"), ("custom.fillOpacity", 20))],
            },
            .. c.Has("matched_amount") ? [Grafana.Panels.Bars("Money matched by $interval", 12, 9, new Target(q.Over("non_negative_difference(last(\"matched_amount\")) AS \"matched\"", Queries.Chosen, selection)) { Alias = name }) with { Unit = "currencyGBP", Description = "How far the selection's total rose since the bucket before." }] : Array.Empty<Panel>(),
        ];
    }
}
