using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Grafana.Pages;

/// <summary>Posts: their mood over time, over a price, by language.</summary>
internal static class SentimentPage
{
    private const int MaxPosts = 5000;
    private static readonly Threshold[] Mood = [new(null, "red"), new(-0.05, "yellow"), new(0.05, "green")];

    public static IReadOnlyList<Panel> Panels(DashboardContext c)
    {
        var q = c.Queries;
        var group = c.Measurement.Tags.Contains("topic") ? "topic" : c.Measurement.Tags.FirstOrDefault() ?? "source";
        var language = c.Measurement.Tags.Contains("lang") ? "lang" : group;
        return
        [
            Grafana.Panels.Gauge("Mood now · $source", q.Over("mean(\"sentiment_score\") AS \"score\"", Queries.Chosen), 5, 8) with { Min = -1, Max = 1, Decimals = 2, Thresholds = Mood, Description = "VADER's compound score: −1 hostile, 1 enthusiastic." },
            Price(c, q),
            Grafana.Panels.Bars("Posts by $interval", 8, 8, new Target(q.Over("count(\"sentiment_score\") AS \"posts\"", Queries.Chosen, group, "0")) { Alias = "$tag_" + group }),
            Grafana.Panels.States("Mood by " + group, 16, 8, new Target(q.Over("mean(\"sentiment_score\") AS \"score\"", Queries.Chosen, group)) { Alias = "$tag_" + group }) with
            {
                Thresholds = Mood, Decimals = 2, Mappings = [(-1, -0.05, "hostile", "red"), (-0.05, 0.05, "even", "yellow"), (0.05, 1, "friendly", "green")],
            },
            Grafana.Panels.BarChart("Posts by " + language, q.Now("count(\"sentiment_score\") AS \"posts\"", language), language, true, 8, 8),
            .. c.Has("positive") && c.Has("neutral") && c.Has("negative") ?
            [
                Grafana.Panels.Stacked("Shares of the words", 12, 8, true, new Target(q.Mean(["positive", "neutral", "negative"], Queries.Chosen))) with
                {
                    Unit = "percentunit", Overrides = [new("positive", FieldOverride.Color("green")), new("neutral", FieldOverride.Color("blue")), new("negative", FieldOverride.Color("red"))],
                },
            ] : Array.Empty<Panel>(),
            Grafana.Panels.Heatmap("Spread of the scores", "Blues", true, false, 12, 8, new Target(q.Rows(["sentiment_score"], MaxPosts)) { Alias = "score" }) with { Description = $"How many posts had a score within each fifth, of the newest {MaxPosts:N0} posts of the range." },
            Grafana.Panels.Table("Newest posts", q.Rows([.. c.Measurement.Fields, .. c.Measurement.Tags, "source"]), 24, 9),
        ];
    }

    private static Panel Price(DashboardContext c, Queries q)
    {
        var score = new Target(q.Over("mean(\"sentiment_score\") AS \"score\"", Queries.Chosen));
        var panel = Grafana.Panels.Lines("Mood over price", 11, 8, score) with { Overrides = [new("score", FieldOverride.Color("purple"), ("custom.fillOpacity", 10))] };
        if (PriceOf(c.Config.InfluxDb) is not { } tick)
            return panel with { Title = "Mood" };
        c.Variables.Add(new QueryVariable("pair", $"SHOW TAG VALUES FROM {InfluxQl.Source(c.Config.InfluxDb, tick)} WITH KEY = \"pair\"") { Label = "price of" });
        var price = new Queries(InfluxQl.Source(c.Config.InfluxDb, tick), [Queries.Single("pair"), Queries.Single("source")]).Over("mean(\"bid\") AS \"price\"", Queries.Chosen);
        return panel with
        {
            Description = "The price is of the same source as the posts.",
            Targets = [score, new Target(price)],
            Overrides = [.. panel.Overrides, new("price", FieldOverride.Color("orange"), ("custom.axisPlacement", "right"))],
        };
    }

    private static MeasurementConfig? PriceOf(InfluxDbConfig store) =>
        store.Measurements.Values.FirstOrDefault(m => MeasurementKinds.Of(m) == MeasurementKind.Tick && m.Tags.Contains("pair"));
}
