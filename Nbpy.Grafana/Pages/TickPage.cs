using System.Text.Json.Nodes;

namespace Nbpy.Grafana.Pages;

/// <summary>Quotes: the band between bid and ask, candles, volume, spread, VWAP. Where the measurement is downsampled, what is older than the
/// newest hours of the range comes from there: <see cref="TickHistory"/>.</summary>
internal static class TickPage
{
    private const string Mid = "(mean(\"bid\") + mean(\"ask\")) / 2";
    private const string Spread = "(mean(\"ask\") - mean(\"bid\")) / mean(\"bid\") * 10000";

    public static IReadOnlyList<Panel> Panels(DashboardContext c)
    {
        var history = TickHistory.Of(c);
        var q = history.Recent;
        var trades = c.Has("last_trade_price");
        var lines = new List<string> { "bid", "ask" };
        if (trades)
            lines.Add("last_trade_price");
        return
        [
            .. Numbers(q, history, trades),
            Grafana.Panels.Lines("Bid, ask" + (trades ? " and last trade" : "") + " · $source", 16, 11,
                [new Target(q.Mean(lines)), .. history.Older("mean(\"bid_close\") AS \"bid, minutes\", mean(\"ask_close\") AS \"ask, minutes\"")]) with
            {
                Description = "The band is the spread." + history.Said,
                Overrides =
                [
                    new("bid", FieldOverride.Color("green")),
                    new("ask", FieldOverride.Color("red"), ("custom.fillBelowTo", "bid"), ("custom.fillOpacity", 25)),
                    new("last_trade_price", FieldOverride.Color("blue"), ("custom.drawStyle", "points"), ("custom.pointSize", 3), ("custom.showPoints", "always"), ("displayName", "last trade")),
                    new("bid, minutes", FieldOverride.Color("semi-dark-green")),
                    new("ask, minutes", FieldOverride.Color("semi-dark-red"), ("custom.fillBelowTo", "bid, minutes"), ("custom.fillOpacity", 15)),
                ],
            },
            Grafana.Panels.Candles("Candles of the bid, by $interval", history.Candles(), false, 8, 11) with { Description = "Open, high, low and close of each bucket." + history.Said, Transformations = TickHistory.ByTime() },
            .. Second(c, history),
            Grafana.Panels.Lines("Quotes a second", 24, 7, new Target(q.Counts("count(\"bid\") * 1000 / $__interval_ms AS \"quotes\"", Queries.Fine))) with
            {
                Min = 0, Interval = "10s", Description = "Of each bucket that is over." + history.SaidOfTicks, Overrides = [new("quotes", FieldOverride.Color("blue"), ("custom.fillOpacity", 15))],
            },
            Grafana.Panels.Table("Newest quotes", c.Queries.Rows([.. c.Measurement.Fields, .. c.Measurement.Tags, "source"]), 24, 9) with
            {
                Overrides = [new("bid", FieldOverride.Color("green"), FieldOverride.Coloured), new("ask", FieldOverride.Color("red"), FieldOverride.Coloured)],
            },
        ];
    }

    private static Panel[] Numbers(Queries q, TickHistory history, bool trades) =>
    [
        Grafana.Panels.Stat(trades ? "Last trade" : "Mid", trades ? q.Last("last_trade_price") : q.Over(Mid + " AS \"mid\"")),
        Grafana.Panels.Stat("Bid", q.Last("bid")) with { Thresholds = [new(null, "green")] },
        Grafana.Panels.Stat("Ask", q.Last("ask")) with { Thresholds = [new(null, "red")] },
        Grafana.Panels.Stat("Change of the bid", history.Change(), "diffperc") with
        {
            Unit = "percentunit", Decimals = 2, Thresholds = [new(null, "red"), new(0, "green")], Description = "Last against first quote of the time range." + history.Said,
            Targets = [new Target(history.Change()) { Table = history.IsKept }], Transformations = TickHistory.ByTime(),
        },
        Grafana.Panels.Stat("Spread, basis points", q.Over(Spread + " AS \"spread\"")) with
        {
            Decimals = 2, Thresholds = [new(null, "green"), new(5, "yellow"), new(20, "red")],
        },
        Grafana.Panels.Stat("High − low, by $interval", q.Over("max(\"ask\") - min(\"bid\") AS \"range\"", Queries.Chosen)) with { Description = "Highest ask less lowest bid of the newest bucket." },
    ];

    private static IEnumerable<Panel> Second(DashboardContext c, TickHistory history)
    {
        var q = history.Recent;
        if (c.Has("vwap"))
            yield return Grafana.Panels.Lines("Mid and 24-hour VWAP", 8, 8,
                [new Target(q.Over(Mid + " AS \"mid\", mean(\"vwap\") AS \"VWAP\"")), .. history.Older("(mean(\"bid_close\") + mean(\"ask_close\")) / 2 AS \"mid, minutes\"" + (history.Keeps("vwap") ? ", mean(\"vwap_close\") AS \"VWAP, minutes\"" : ""))]) with
            {
                Description = "The volume-weighted mean price of the venue's last 24 hours." + history.Said,
                Overrides = [new("/^VWAP/", FieldOverride.Color("orange"), ("custom.lineWidth", 2)), new("/^mid/", FieldOverride.Color("blue"))],
            };
        if (c.Has("volume"))
            yield return c.Has("vwap")
                ? Grafana.Panels.Bars("Volume by $interval", 8, 8,
                    [new Target(q.Over("non_negative_difference(last(\"volume\")) AS \"volume\"", Queries.Chosen)), .. history.Keeps("volume") ? history.Older("non_negative_difference(last(\"volume_close\")) AS \"volume, minutes\"", Queries.Chosen) : []]) with
                {
                    Unit = "short", Description = "How far the venue's running 24-hour volume rose, in units of the base currency. What leaves the 24 hours at the same time is taken off, so more may have been traded." + (history.Keeps("volume") ? history.Said : history.SaidOfTicks),
                    Overrides = [new("/^volume/", FieldOverride.Color("purple"))],
                }
                : Grafana.Panels.Bars("Liquidity at the top of the book, by $interval", 8, 8, new Target(q.Over("mean(\"volume\") AS \"liquidity\"", Queries.Chosen))) with
                {
                    Unit = "short", Description = "What can be dealt at the quoted prices, in units of the base currency; the mean of each bucket." + history.SaidOfTicks,
                };
        yield return Grafana.Panels.Lines("Spread, basis points", c.Has("vwap") ? 8 : 16, 8,
            [new Target(q.Over(Spread + " AS \"spread\"")), .. history.Older("(mean(\"ask_close\") - mean(\"bid_close\")) / mean(\"bid_close\") * 10000 AS \"spread, minutes\"")]) with
        {
            Min = 0, Decimals = 2, Description = "The mean of each bucket." + history.Said, Overrides = [new("/^spread/", FieldOverride.Color("yellow"), ("custom.fillOpacity", 15))],
        };
    }
}
