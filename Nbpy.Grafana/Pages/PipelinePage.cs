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
        new("Gaps", $"SELECT \"count\", \"topic\" FROM {SourceOf(store, Gaps)} WHERE $timeFilter ORDER BY time DESC LIMIT 200", "count", "topic", "red"),
    ];

    internal static string SourceOf(InfluxDbConfig store, string measurement) =>
        InfluxQl.Source(store, new MeasurementConfig { Name = measurement, Fields = [], Tags = [] });

    private static List<Panel> Panels(Queries q, string gaps)
    {
        var lost = new Queries(gaps, []);
        Target By(string select, string bucket = "10s") => new(q.Over(select, bucket, "service")) { Alias = "$tag_service" };
        Target Rate(string field) => new(q.Rate(field, "service")) { Alias = "$tag_service" };
        return
        [
            Grafana.Panels.Stat("Lost", lost.Over("sum(\"count\") AS \"lost\"", "10s", fill: "0"), "sum") with
            {
                NoValue = "0", Decimals = 0, Thresholds = [new(null, "green"), new(1, "red")], Description = "Messages of the time range that no publisher's ring held any more, of all topics: the table of gaps, added up.",
            },
            Grafana.Panels.Stat("Missing, before repair", q.Risen(["missing"], "service", "10s"), "sum") with
            {
                Decimals = 0, Thresholds = [new(null, "green"), new(1, "orange")], Description = "Messages of the time range that had not come when later ones had, of all services. Most are repaired; what is not is lost.",
            },
            Grafana.Panels.Stat("Restarts", q.Risen(["restarts"], "service", "10s"), "sum") with { Decimals = 0, Thresholds = [new(null, "green"), new(1, "orange")], Description = "Of all services, within the time range." },
            Grafana.Panels.Stat("Spool on disk", q.TotalOver("spool_bytes", "service", "10s")) with { Unit = "bytes", Thresholds = [new(null, "green"), new(1, "yellow"), new(100_000_000, "red")], Description = "What waits for the store, of all services." },
            Grafana.Panels.Stat("Most behind", q.Over("max(\"pending\") AS \"pending\"", "10s")) with { Description = "Messages received and not yet stored, of the service that has most.", Thresholds = [new(null, "green"), new(1000, "yellow"), new(10000, "red")], Decimals = 0 },
            Grafana.Panels.Stat("Busiest CPU", q.Over("max(\"cpu_percent\") AS \"cpu\"", "10s")) with { Description = "Of one core, of the service that takes most.", Unit = "percent", Decimals = 1, Thresholds = [new(null, "green"), new(60, "yellow"), new(90, "red")] },
            Grafana.Panels.Lines("Published, messages a second", 12, 9, Rate("published")) with { Min = 0, Unit = "short", Interval = "10s" },
            Grafana.Panels.Lines("Stored, messages a second", 12, 9, Rate("stored")) with { Min = 0, Unit = "short", Interval = "10s" },
            Grafana.Panels.Lines("Latency on the way, mean", 12, 8, new Target(q.Over("mean(\"latency_published_ms\") AS \"venue → published\", mean(\"latency_received_ms\") AS \"published → received\", mean(\"latency_stored_ms\") AS \"venue → stored\"", "10s"))) with
            {
                Unit = "ms", Min = 0, Description = "How long messages took, in the mean of all services. Venues' clocks differ from this machine's.",
                Overrides = [new("venue → published", FieldOverride.Color("blue")), new("published → received", FieldOverride.Color("yellow")), new("venue → stored", FieldOverride.Color("green"))],
            },
            Grafana.Panels.Lines("Venue to stored, mean by service", 12, 8, By("mean(\"latency_stored_ms\") AS \"stored\"")) with { Unit = "ms", Min = 0 },
            Grafana.Panels.States("Flow: what each subscriber received", 24, 7, Rate("received")) with
            {
                Thresholds = [new(null, "red"), new(0.0001, "green")], Description = "Red: nothing came in during ten seconds.", Interval = "10s",
                Mappings = [(0, 0.00001, "silent", "red"), (0.00001, 1e12, "flowing", "green")],
            },
            Grafana.Panels.Bars("Missing, late, repaired, lost: by $interval", 12, 8, new Target(q.Risen(["missing", "late", "repaired", "lost"], "service", Queries.Chosen))) with
            {
                Description = "Each service's counters by themselves, then added up.",
                Overrides = [new("missing", FieldOverride.Color("orange")), new("late", FieldOverride.Color("yellow")), new("repaired", FieldOverride.Color("green")), new("lost", FieldOverride.Color("red"))],
            },
            Grafana.Panels.Lines("Lag: messages received and not yet stored", 12, 8, By("max(\"pending\") AS \"pending\"", Queries.Chosen)) with { Min = 0, Unit = "short", Description = "The most of each bucket." },
            Grafana.Panels.Lines("CPU by service", 12, 8, By("mean(\"cpu_percent\") AS \"cpu\"")) with { Unit = "percent", Min = 0, Description = "Of one core." },
            Grafana.Panels.Lines("Memory by service", 12, 8, By("max(\"memory_bytes\") AS \"memory\"")) with { Unit = "bytes", Min = 0 },
            Grafana.Panels.Table("Services now", q.Now("last(\"published\") AS \"published\", last(\"received\") AS \"received\", last(\"stored\") AS \"stored\", last(\"pending\") AS \"pending\", last(\"missing\") AS \"missing\", last(\"lost\") AS \"lost\", last(\"restarts\") AS \"restarts\", last(\"cpu_percent\") AS \"cpu\"", "service"), 14, 10) with
            {
                Description = "Counters of each service as they are now: received and stored since its start, lost since there is a checkpoint.",
                Overrides = [new("cpu", ("unit", "percent"), ("decimals", 1)), new("Time", ("custom.hidden", true))],
            },
            Grafana.Panels.Table("Gaps", lost.Rows(["topic", "subscriber", "count", "reason", "from", "to", "epoch"], 100), 10, 10) with { Description = "Messages that no publisher's ring held any more, or that a spool lost: which, and who noticed." },
        ];
    }
}
