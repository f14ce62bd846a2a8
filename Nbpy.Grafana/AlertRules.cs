using System.Text.Json.Nodes;
using Nbpy.Grafana.Pages;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Grafana;

/// <summary>Alert rules as Grafana's file provisioning takes them: a topic silent, loss, a spool that grows, lag.</summary>
public static class AlertRules
{
    /// <summary>The rules' group, and the uid of the folder that they and their group are in.</summary>
    public const string Group = "nbpy";

    /// <summary>The folder's title.</summary>
    public const string Folder = "NBPY";

    private const int WindowSeconds = 300;
    private const int LagMessages = 10_000;

    /// <summary>The rules of a configuration, as the file <c>provisioning/alerting/nbpy.yaml</c>.</summary>
    public static JsonObject ToJson(IntegrationConfig config)
    {
        var rules = All(config);
        foreach (var rule in rules)
        {
            // Grafana puts its environment's variables into provisioning files; two dollars stand for one.
            var model = rule["data"]![0]!["model"]!;
            model["query"] = model["query"]!.ToString().Replace("$", "$$", StringComparison.Ordinal);
        }
        return new JsonObject
        {
            ["apiVersion"] = 1,
            ["groups"] = new JsonArray(new JsonObject { ["orgId"] = 1, ["name"] = Group, ["folder"] = Folder, ["interval"] = "1m", ["rules"] = new JsonArray([.. rules]) }),
        };
    }

    /// <summary>The rules of a configuration, as Grafana's HTTP API for provisioning takes them (<c>/api/v1/provisioning/alert-rules</c>).</summary>
    public static IReadOnlyList<JsonObject> ForApi(IntegrationConfig config) => [.. All(config).Select(rule =>
    {
        var annotations = rule["annotations"]!.AsObject();
        annotations["__dashboardUid__"] = rule["dashboardUid"]!.DeepClone();
        annotations["__panelId__"] = rule["panelId"]!.ToString();
        rule.Remove("dashboardUid");
        rule.Remove("panelId");
        rule["orgID"] = 1;
        rule["folderUID"] = Group;
        rule["ruleGroup"] = Group;
        return rule;
    })];

    private static List<JsonObject> All(IntegrationConfig config)
    {
        var store = config.InfluxDb;
        var services = PipelinePage.SourceOf(store, PipelinePage.Services);
        var gaps = PipelinePage.SourceOf(store, PipelinePage.Gaps);
        var pipeline = PipelinePage.Of(store);
        var rules = new List<JsonObject>();
        foreach (var measurement in store.Measurements.Values.Where(m => IsFed(config, m.Name)))
        {
            // Orders and posts may well be silent for minutes.
            var field = MeasurementKinds.ChartFieldsOf(measurement) is [var first, ..] ? first : measurement.Fields[0];
            var minutes = MeasurementKinds.Of(measurement) is MeasurementKind.Orders or MeasurementKind.Sentiment or MeasurementKind.Custom ? 30 : 2;
            var page = Dashboards.Of(config, measurement);
            rules.Add(Rule(Dashboards.UidOf(measurement.Name + "_silent"), $"{measurement.Name} is silent",
                $"SELECT count({InfluxQl.Name(field)}) FROM {InfluxQl.Source(store, measurement)} WHERE $timeFilter", "sum", "lt", 1, minutes * 60, "Alerting",
                $"No point of {measurement.Name} was stored in {minutes} minutes.", page, page.Panels[0].Title));
        }
        // From the points of the gaps: a counter may hold the loss in its first point, or start again at 0.
        rules.Add(Rule("nbpy-loss", "Messages are lost", $"SELECT sum(\"count\") FROM {gaps} WHERE $timeFilter", "max", "gt", 0, WindowSeconds, "OK", "A gap could not be repaired: see the table of gaps.", pipeline, "Gaps"));
        // While the store is away there are no figures: that is what the rule is for.
        rules.Add(Rule("nbpy-spool", "A spool grows, or nothing is known of it", $"SELECT last(\"spool_bytes\") - first(\"spool_bytes\") FROM {services} WHERE $timeFilter GROUP BY \"service\"", "max", "gt", 0, WindowSeconds, "Alerting", "The store does not take what arrives, which waits on disk; or it has had no figures of the pipeline for five minutes.", pipeline, "Spool on disk"));
        rules.Add(Rule("nbpy-lag", "A subscriber lags", $"SELECT min(\"pending\") FROM {services} WHERE $timeFilter GROUP BY \"service\"", "min", "gt", LagMessages, WindowSeconds, "OK", $"More than {LagMessages} messages have waited to be stored for five minutes.", pipeline, "Most behind"));
        return rules;
    }

    /// <summary>True where a subscriber that is switched on fills the measurement, from a topic whose publisher here (if it is here) is switched on.</summary>
    private static bool IsFed(IntegrationConfig config, string measurement) => config.EnabledSubscribers.Any(s =>
        s.Measurement == measurement && (config.EnabledPublishers.Any(p => p.Topic == s.SubscribeTo) || !config.Publishers.Any(p => p.Topic == s.SubscribeTo)));

    private static JsonObject Rule(string uid, string title, string query, string reducer, string comparison, double limit, int seconds, string noData, string summary, Dashboard page, string panel) => new()
    {
        ["uid"] = uid,
        ["title"] = title,
        ["condition"] = "C",
        ["for"] = "1m",
        ["noDataState"] = noData,
        // A store that does not answer is what most of these are to tell.
        ["execErrState"] = noData == "Alerting" ? "Alerting" : "Error",
        ["annotations"] = new JsonObject { ["summary"] = summary, ["dashboard"] = page.Uid },
        ["labels"] = new JsonObject { ["system"] = "nbpy" },
        ["isPaused"] = false,
        ["dashboardUid"] = page.Uid,
        ["panelId"] = page.Panels.Select((p, i) => (p, i)).First(p => p.p.Title == panel).i + 1,
        ["data"] = new JsonArray(
            Step("A", DataSource.Uid, seconds, new JsonObject { ["query"] = query, ["rawQuery"] = true, ["resultFormat"] = "time_series" }),
            Step("B", "__expr__", seconds, new JsonObject { ["type"] = "reduce", ["reducer"] = reducer, ["expression"] = "A", ["settings"] = new JsonObject { ["mode"] = "dropNN" } }),
            Step("C", "__expr__", seconds, new JsonObject
            {
                ["type"] = "threshold",
                ["expression"] = "B",
                ["conditions"] = new JsonArray(new JsonObject { ["evaluator"] = new JsonObject { ["type"] = comparison, ["params"] = new JsonArray(limit) } }),
            })),
    };

    private static JsonObject Step(string id, string source, int seconds, JsonObject model)
    {
        model["refId"] = id;
        return new JsonObject
        {
            ["refId"] = id, ["datasourceUid"] = source, ["relativeTimeRange"] = new JsonObject { ["from"] = seconds, ["to"] = 0 }, ["model"] = model,
        };
    }
}
