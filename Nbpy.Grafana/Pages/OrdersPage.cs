namespace Nbpy.Grafana.Pages;

/// <summary>Orders: their life from new to filled or cancelled, fills, fees or profit.</summary>
internal static class OrdersPage
{
    public static IReadOnlyList<Panel> Panels(DashboardContext c)
    {
        var q = c.Queries;
        var filled = q.Where("\"status\" = 'filled'");
        var amount = c.Has("filled_amount") ? "filled_amount" : c.Has("units") ? "units" : null;
        Target Status(string bucket) => new(q.Over("count(\"price\") AS \"orders\"", bucket, "status", "0")) { Alias = "$tag_status" };
        return
        [
            Grafana.Panels.Stat("Order events", q.Over("count(\"price\") AS \"events\"", Queries.Chosen), "sum"),
            Grafana.Panels.Stat("Filled", filled.Over("count(\"price\") AS \"filled\"", Queries.Chosen), "sum") with { Thresholds = [new(null, "green")] },
            Grafana.Panels.Stat("Cancelled", q.Where("\"status\" =~ /^cancell?ed$/").Over("count(\"price\") AS \"cancelled\"", Queries.Chosen), "sum") with { Thresholds = [new(null, "orange")] },
            Grafana.Panels.Stat("Last fill", filled.Last("price")),
            .. Money(c, filled),
            Grafana.Panels.Bars("Order life: events by status, per $interval", 16, 9, Status(Queries.Chosen)) with { Overrides = StatusColors },
            Grafana.Panels.BarChart("Events by status", q.Now("count(\"price\") AS \"events\"", "status"), "status", true, 8, 9),
            Grafana.Panels.Points("Fills: price by side", 16, 9, new Target(filled.Over("mean(\"price\") AS \"price\"", Queries.Fine, "side")) { Alias = "$tag_side" }) with
            {
                Description = "Choose one instrument to read it: prices of several are far apart.",
                Overrides = [new("buy", FieldOverride.Color("green")), new("sell", FieldOverride.Color("red"))],
            },
            Grafana.Panels.Shares("Share of each status", 8, 9, Status(Queries.Chosen)) with { Overrides = StatusColors },
            .. amount is null ? [] : new[]
            {
                Grafana.Panels.Bars("Amount filled by side, per $interval", 24, 7, new Target(filled.Over($"sum({InfluxQl.Name(amount)}) AS \"filled\"", Queries.Chosen, "side")) { Alias = "$tag_side" }) with
                {
                    Min = null, Overrides = [new("buy", FieldOverride.Color("green")), new("sell", FieldOverride.Color("red"))],
                },
            },
            Grafana.Panels.Table("Newest events", q.Rows([.. c.Measurement.Fields, .. c.Measurement.Tags, "source"], 100), 24, 10),
        ];
    }

    private static readonly FieldOverride[] StatusColors =
    [
        new("new", FieldOverride.Color("blue")), new("open", FieldOverride.Color("purple")), new("partially_filled", FieldOverride.Color("yellow")),
        new("filled", FieldOverride.Color("green")), new("canceled", FieldOverride.Color("orange")), new("rejected", FieldOverride.Color("red")),
    ];

    private static IEnumerable<Panel> Money(DashboardContext c, Queries filled)
    {
        if (c.Has("fee"))
            yield return Grafana.Panels.Stat("Fees of fills", filled.Over("sum(\"fee\") AS \"fees\"", Queries.Chosen), "sum", 8) with { Decimals = 2 };
        else if (c.Has("profit_loss"))
            yield return Grafana.Panels.Stat("Profit and loss", filled.Over("sum(\"profit_loss\") AS \"profit\"", Queries.Chosen), "sum", 8) with { Decimals = 2, Thresholds = [new(null, "red"), new(0, "green")] };
        if (c.Has("profit_loss"))
            yield return Grafana.Panels.Lines("Profit and loss, running", 24, 8, new Target(filled.Over("cumulative_sum(sum(\"profit_loss\")) AS \"profit\"", Queries.Chosen))) with
            {
                Overrides = [new("profit", FieldOverride.Color("green"), ("custom.fillOpacity", 15))],
            };
    }
}
