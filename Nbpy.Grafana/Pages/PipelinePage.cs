using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Grafana.Pages;

/// <summary>The system's own health. Counters (published, received, stored, missing, late, repaired, lost, restarts) only rise while a
/// service runs; pending, cpu_percent and memory_bytes are as they are now, latency_…_ms the mean since the point before.</summary>
internal static class PipelinePage
{
    public const string Uid = "nbpy_pipeline";
    public const string Services = "nbpy_services";
    public const string Gaps = "nbpy_gaps";

    public static Dashboard Of(InfluxDbConfig store)
    {
        var services = SourceOf(store, Services);
        var variable = new QueryVariable("service", $"SHOW TAG VALUES FROM {services} WITH KEY = \"service\"", Multi: true);
        return new Dashboard(Uid, "The pipeline's own health: rates, lag, gaps, losses, spool, restarts.", [variable, new IntervalVariable()], Panels(new Queries(services, [Queries.Several("service")]), SourceOf(store, Gaps)));
    }

    /// <summary>Restarts and gaps, marked on every page.</summary>
    public static IReadOnlyList<Annotation> Marks(InfluxDbConfig store) =>
    [
        new("Restarts", $"SELECT \"restarts\", \"service\" FROM (SELECT difference(last(\"restarts\")) AS \"restarts\" FROM {SourceOf(store, Services)} WHERE $timeFilter GROUP BY time(10s), \"service\") WHERE \"restarts\" > 0", "service", "service", "orange"),
        new("Gaps", $"SELECT \"count\", \"topic\" FROM {SourceOf(store, Gaps)} WHERE $timeFilter LIMIT 200", "count", "topic", "red"),
    ];

    internal static string SourceOf(InfluxDbConfig store, string measurement) =>
        InfluxQl.Source(store, new MeasurementConfig { Name = measurement, Fields = [], Tags = [] });

    private static List<Panel> Panels(Queries q, string gaps)
    {
        Panel Bad(string title, string field, string color) => Grafana.Panels.Stat(title, q.Over($"max(\"{field}\") AS \"{field}\"", "10s"), "lastNotNull") with { Thresholds = [new(null, "green"), new(1, color)], Decimals = 0 };
        Target By(string select, string bucket = "10s") => new(q.Over(select, bucket, "service")) { Alias = "$tag_service" };
        Target Rate(string field) => new(q.Rate(field, "service")) { Alias = "$tag_service" };
        return
        [
            Grafana.Panels.Stat("Most behind", q.Over("max(\"pending\") AS \"pending\"", "10s")) with { Description = "Messages received and not yet stored, of the service that has most.", Thresholds = [new(null, "green"), new(1000, "yellow"), new(10000, "red")], Decimals = 0 },
            Grafana.Panels.Stat("Busiest CPU", q.Over("max(\"cpu_percent\") AS \"cpu\"", "10s")) with { Description = "Of one core, of the service that takes most.", Unit = "percent", Decimals = 1, Thresholds = [new(null, "green"), new(60, "yellow"), new(90, "red")] },
            Bad("Lost", "lost", "red"),
            Bad("Missing now", "missing", "orange"),
            Grafana.Panels.Stat("Spool on disk", q.Over("max(\"spool_bytes\") AS \"spool\"", "10s")) with { Unit = "bytes", Thresholds = [new(null, "green"), new(1, "yellow"), new(100_000_000, "red")] },
            Bad("Restarts", "restarts", "orange"),
            Grafana.Panels.Lines("Published, messages a second", 12, 9, Rate("published")) with { Min = 0, Unit = "short", Interval = "10s" },
            Grafana.Panels.Lines("Stored, messages a second", 12, 9, Rate("stored")) with { Min = 0, Unit = "short", Interval = "10s" },
            Grafana.Panels.Lines("Latency on the way, mean", 12, 8, new Target(q.Over("mean(\"latency_published_ms\") AS \"venue → published\", mean(\"latency_received_ms\") AS \"published → received\", mean(\"latency_stored_ms\") AS \"venue → stored\"", "10s"))) with
            {
                Unit = "ms", Min = 0, Description = "How long messages took, in the mean of all services. Venues' clocks differ from this machine's.",
                Overrides = [new("venue → published", FieldOverride.Color("blue")), new("published → received", FieldOverride.Color("yellow")), new("venue → stored", FieldOverride.Color("green"))],
            },
            Grafana.Panels.Lines("Venue to stored, mean by service", 12, 8, By("mean(\"latency_stored_ms\") AS \"stored\"")) with { Unit = "ms", Min = 0 },
            Grafana.Panels.Lines("CPU by service", 12, 8, By("mean(\"cpu_percent\") AS \"cpu\"")) with { Unit = "percent", Min = 0 },
            Grafana.Panels.Lines("Lag: messages received and not yet stored", 12, 8, By("max(\"pending\") AS \"pending\"")) with { Min = 0, Unit = "short" },
            Grafana.Panels.States("Flow: what each service received", 24, 9, Rate("received")) with
            {
                Thresholds = [new(null, "red"), new(0.0001, "green")], Description = "Red: nothing came in during ten seconds.", Interval = "10s",
                Mappings = [(0, 0.00001, "silent", "red"), (0.00001, 1e12, "flowing", "green")],
            },
            Grafana.Panels.Bars("Missing, late, repaired, lost: by 10 s", 12, 8, new Target(q.Over("non_negative_difference(max(\"missing\")) AS \"missing\", non_negative_difference(max(\"late\")) AS \"late\", non_negative_difference(max(\"repaired\")) AS \"repaired\", non_negative_difference(max(\"lost\")) AS \"lost\"", "10s"))) with
            {
                Overrides = [new("missing", FieldOverride.Color("orange")), new("late", FieldOverride.Color("yellow")), new("repaired", FieldOverride.Color("green")), new("lost", FieldOverride.Color("red"))],
            },
            Grafana.Panels.Lines("Memory by service", 12, 8, By("max(\"memory_bytes\") AS \"memory\"")) with { Unit = "bytes", Min = 0 },
            Grafana.Panels.Table("Services now", q.Now("last(\"published\") AS \"published\", last(\"received\") AS \"received\", last(\"stored\") AS \"stored\", last(\"pending\") AS \"pending\", last(\"missing\") AS \"missing\", last(\"lost\") AS \"lost\", last(\"restarts\") AS \"restarts\", last(\"cpu_percent\") AS \"cpu\"", "service"), 14, 10) with
            {
                Overrides = [new("cpu", ("unit", "percent"), ("decimals", 1)), new("Time", ("custom.hidden", true))],
            },
            Grafana.Panels.Table("Gaps", new Queries(gaps, []).Rows(["topic", "epoch", "from", "to", "count"], 100), 10, 10) with { Description = "Messages that no publisher's ring held any more." },
        ];
    }
}
