namespace Nbpy.Grafana.Pages;

/// <summary>Quotes: the band between bid and ask, candles, volume, spread, VWAP.</summary>
internal static class TickPage
{
    private const string Mid = "(mean(\"bid\") + mean(\"ask\")) / 2";

    public static IReadOnlyList<Panel> Panels(DashboardContext c, IReadOnlyList<string> tags)
    {
        var q = c.Queries;
        var trades = c.Has("last_trade_price");
        var lines = new List<string> { "bid", "ask" };
        if (trades)
            lines.Add("last_trade_price");
        return
        [
            .. Numbers(q, trades),
            Grafana.Panels.Lines("Bid, ask" + (trades ? " and last trade" : ""), 16, 11, new Target(q.Mean(lines))) with
            {
                Description = "The band is the spread.",
                Overrides =
                [
                    new("bid", FieldOverride.Color("green")),
                    new("ask", FieldOverride.Color("red"), ("custom.fillBelowTo", "bid"), ("custom.fillOpacity", 25)),
                    new("last_trade_price", FieldOverride.Color("blue"), ("custom.drawStyle", "points"), ("custom.pointSize", 3), ("custom.showPoints", "always"), ("displayName", "last trade")),
                ],
            },
            Grafana.Panels.Candles("Candles of the bid, by $interval", CandleQuery(q), false, 8, 11),
            .. Second(c),
            .. LongRange(c, tags),
            Grafana.Panels.Lines("Quotes a second", c.Downsampled(tags) is null ? 24 : 12, 7, new Target(q.Over("count(\"bid\") / 10", "10s", "source", "0")) { Alias = "$tag_source" }) with { Min = 0 },
            Grafana.Panels.Table("Newest quotes", q.Rows([.. c.Measurement.Fields, .. c.Measurement.Tags, "source"]), 24, 9),
        ];
    }

    private static Panel[] Numbers(Queries q, bool trades) =>
    [
        Grafana.Panels.Stat(trades ? "Last trade" : "Mid", trades ? q.Last("last_trade_price") : q.Over(Mid + " AS \"mid\"")),
        Grafana.Panels.Stat("Bid", q.Last("bid")) with { Thresholds = [new(null, "green")] },
        Grafana.Panels.Stat("Ask", q.Last("ask")) with { Thresholds = [new(null, "red")] },
        Grafana.Panels.Stat("Change", q.Over("last(\"bid\") AS \"change\""), "diffperc") with
        {
            Unit = "percentunit", Decimals = 2, Thresholds = [new(null, "red"), new(0, "green")], Description = "First against last quote of the time range.",
        },
        Grafana.Panels.Stat("Spread, basis points", q.Over("(mean(\"ask\") - mean(\"bid\")) / mean(\"bid\") * 10000 AS \"spread\"")) with
        {
            Decimals = 2, Thresholds = [new(null, "green"), new(5, "yellow"), new(20, "red")],
        },
        Grafana.Panels.Stat("Range high − low", q.Over("max(\"ask\") - min(\"bid\") AS \"range\"", Queries.Chosen)) with { Description = "Of the newest bucket of the chosen interval." },
    ];

    private static IEnumerable<Panel> Second(DashboardContext c)
    {
        var q = c.Queries;
        if (c.Has("vwap"))
            yield return Grafana.Panels.Lines("Mid and 24-hour VWAP", 8, 8, new Target(q.Over(Mid + " AS \"mid\", mean(\"vwap\") AS \"VWAP\""))) with
            {
                Overrides = [new("VWAP", FieldOverride.Color("orange"), ("custom.lineWidth", 2)), new("mid", FieldOverride.Color("blue"))],
            };
        if (c.Has("volume"))
            yield return c.Has("vwap")
                ? Grafana.Panels.Bars("Volume by $interval", 8, 8, new Target(q.Over("max(\"volume\") - min(\"volume\") AS \"volume\"", Queries.Chosen))) with
                {
                    Description = "How far the venue's running 24-hour volume moved within each bucket.", Overrides = [new("volume", FieldOverride.Color("purple"))],
                }
                : Grafana.Panels.Bars("Liquidity at the top of the book, by $interval", 8, 8, new Target(q.Over("mean(\"volume\") AS \"liquidity\"", Queries.Chosen))) with { Unit = "short" };
        yield return Grafana.Panels.Lines("Spread, basis points", c.Has("vwap") ? 8 : 16, 8, new Target(q.Over("(mean(\"ask\") - mean(\"bid\")) / mean(\"bid\") * 10000 AS \"mean\", (max(\"ask\") - max(\"bid\")) / max(\"bid\") * 10000 AS \"at the high\""))) with { Min = 0, Decimals = 2 };
    }

    private static IEnumerable<Panel> LongRange(DashboardContext c, IReadOnlyList<string> tags)
    {
        if (c.Downsampled(tags) is not { } slow)
            yield break;
        yield return Grafana.Panels.Lines("Days and weeks: bid by the minute", 12, 7,
            new Target(slow.Over("mean(\"bid_close\") AS \"close\", max(\"bid_high\") AS \"high\", min(\"bid_low\") AS \"low\""))) with
        {
            Description = $"Downsampled to {c.Config.Downsampling.Interval} in the policy {c.Config.Downsampling.RetentionPolicy}: choose a range of days, beyond what the ticks are kept for.",
            Interval = "1m",
            Overrides = [new("high", FieldOverride.Color("semi-dark-green"), ("custom.fillBelowTo", "low"), ("custom.fillOpacity", 15)), new("low", FieldOverride.Color("semi-dark-red")), new("close", FieldOverride.Color("blue"))],
        };
    }

    private static string CandleQuery(Queries q) => q.Over("first(\"bid\") AS \"open\", max(\"bid\") AS \"high\", min(\"bid\") AS \"low\", last(\"bid\") AS \"close\"", Queries.Chosen);
}
