namespace Nbpy.Grafana.Pages;

/// <summary>Orders: their life from new to filled or cancelled, fills, fees or profit.</summary>
internal static class OrdersPage
{
    // An order has one of these at its end, with all that was filled of it until then.
    private const string Ended = "\"status\" =~ /^(filled|cancell?ed|expired|rejected)$/";

    public static IReadOnlyList<Panel> Panels(DashboardContext c)
    {
        var q = c.Queries;
        var filled = q.Where("\"status\" = 'filled'");
        var ended = q.Where(Ended);
        var instrument = MeasurementKinds.InstrumentTagsOf(c.Measurement);
        // Of one instrument after the other: no course.
        var lastFill = Grafana.Panels.Stat("Last fill", filled.Last("price")) with { Description = "Of all instruments that are chosen, the last one's." };
        lastFill.Options["graphMode"] = "none";
        Target Status(string bucket) => new(q.Over("count(\"price\") AS \"orders\"", bucket, "status", "0")) { Alias = "$tag_status" };
        var events = q;
        if (c.Has("order_id"))
        {
            c.Variables.Add(new TextVariable("order") { Label = "order id" });
            events = q.Where("\"order_id\" =~ /^$order/");
        }
        return
        [
            Grafana.Panels.Stat("Order events · $source", q.Over("count(\"price\") AS \"events\"", Queries.Chosen), "sum"),
            Grafana.Panels.Stat("Filled", filled.Over("count(\"price\") AS \"filled\"", Queries.Chosen), "sum") with { Thresholds = [new(null, "green")], NoValue = "0" },
            Grafana.Panels.Stat("Cancelled or expired", q.Where("\"status\" =~ /^(cancell?ed|expired)$/").Over("count(\"price\") AS \"cancelled\"", Queries.Chosen), "sum") with { Thresholds = [new(null, "orange")], NoValue = "0" },
            lastFill,
            .. Money(c, filled, ended),
            Grafana.Panels.Bars("Order life: events by status, per $interval", 16, 9, Status(Queries.Chosen)) with { Overrides = StatusColors },
            Grafana.Panels.BarChart("Events by status", q.Now("count(\"price\") AS \"events\"", "status"), "status", true, 8, 9),
            Grafana.Panels.Points("Fills: price by side", 16, 9, new Target(filled.Over("mean(\"price\") AS \"price\"", Queries.Fine, ["side", .. instrument])) { Alias = string.Join(' ', instrument.Select(t => "$tag_" + t).Append("$tag_side")) }) with
            {
                Description = "Choose one instrument to read it: prices of several are far apart.", Overrides = [new("/buy$/", FieldOverride.Color("green")), new("/sell$/", FieldOverride.Color("red"))],
            },
            Grafana.Panels.Shares("Share of each status", 8, 9, Status(Queries.Chosen)) with { Overrides = StatusColors },
            .. Amount(c, filled, ended),
            Grafana.Panels.Table(c.Has("order_id") ? "Newest events, or the life of the order whose id is above" : "Newest events", events.Rows([.. c.Measurement.Fields, .. c.Measurement.Tags, "source"], 100), 24, 10),
        ];
    }

    private static readonly FieldOverride[] StatusColors =
    [
        new("/^(new|pending|pending_new)$/", FieldOverride.Color("blue")), new("open", FieldOverride.Color("purple")), new("partially_filled", FieldOverride.Color("yellow")),
        new("filled", FieldOverride.Color("green")), new("/^cancell?ed$/", FieldOverride.Color("orange")), new("expired", FieldOverride.Color("semi-dark-orange")), new("rejected", FieldOverride.Color("red")),
    ];

    private static readonly FieldOverride[] SideColors = [new("buy", FieldOverride.Color("green")), new("sell", FieldOverride.Color("red"))];

    // A filled amount is that of the order so far: it is counted once, when the order ends.
    private static IEnumerable<Panel> Amount(DashboardContext c, Queries filled, Queries ended)
    {
        if (c.Has("filled_amount"))
            yield return Grafana.Panels.Bars("Value filled of orders that ended, by side, per $interval", 24, 7, new Target(ended.SumOver("\"filled_amount\" * \"price\"", "filled", Queries.Chosen, "side")) { Alias = "$tag_side" }) with
            {
                Min = null, Unit = "short", Overrides = SideColors,
                Description = "At the orders' prices, in the quote currency of each pair (choose one pair where currencies differ), with what was filled of orders that were cancelled later. What is filled of an order that is still open counts when it ends.",
            };
        else if (c.Has("units"))
            yield return Grafana.Panels.Bars("Units filled by side, per $interval", 24, 7, new Target(filled.Over("sum(\"units\") AS \"filled\"", Queries.Chosen, "side")) { Alias = "$tag_side" }) with { Min = null, Unit = "short", Overrides = SideColors };
    }

    private static IEnumerable<Panel> Money(DashboardContext c, Queries filled, Queries ended)
    {
        if (c.Has("fee"))
            yield return Grafana.Panels.Stat("Fees of orders that ended", (c.Has("filled_amount") ? ended : filled).Over("sum(\"fee\") AS \"fees\"", Queries.Chosen), "sum", 8) with
            {
                Decimals = 2, NoValue = "0", Description = "In the quote currency of each pair, as the venue says it; choose one pair where currencies differ. Fees of an open order count when it ends.",
            };
        else if (c.Has("profit_loss"))
            yield return Grafana.Panels.Stat("Profit and loss", filled.Over("sum(\"profit_loss\") AS \"profit\"", Queries.Chosen), "sum", 8) with { Decimals = 2, Thresholds = [new(null, "red"), new(0, "green")], Description = "In the account's currency.", NoValue = "0" };
        if (c.Has("profit_loss"))
            yield return Grafana.Panels.Lines("Profit and loss, running", 24, 8, new Target(filled.Over("cumulative_sum(sum(\"profit_loss\")) AS \"profit\"", Queries.Chosen))) with
            {
                Description = "From the beginning of the time range, in the account's currency.", Overrides = [new("profit", FieldOverride.Color("green"), ("custom.fillOpacity", 15))],
            };
    }
}
