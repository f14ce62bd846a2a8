using System.Text.Json.Nodes;
using Nbpy.Grafana.Pages;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Grafana;

/// <summary>Alert rules as Grafana's file provisioning takes them: a topic silent, loss, a spool that grows, lag.</summary>
public static class AlertRules
{
    private const int WindowSeconds = 300;
    private const int LagMessages = 10_000;

    /// <summary>The rules of a configuration, as the file <c>provisioning/alerting/nbpy.yaml</c>.</summary>
    public static JsonObject ToJson(IntegrationConfig config)
    {
        var store = config.InfluxDb;
        var services = PipelinePage.SourceOf(store, PipelinePage.Services);
        var rules = new JsonArray();
        foreach (var measurement in store.Measurements.Values)
        {
            // Orders and posts may well be silent for minutes.
            var field = MeasurementKinds.ChartFieldsOf(measurement) is [var first, ..] ? first : measurement.Fields[0];
            var minutes = MeasurementKinds.Of(measurement) is MeasurementKind.Orders or MeasurementKind.Sentiment or MeasurementKind.Custom ? 30 : 2;
            rules.Add(Rule(Dashboards.UidOf(measurement.Name + "_silent"), $"{measurement.Name} is silent",
                $"SELECT count({InfluxQl.Name(field)}) FROM {InfluxQl.Source(store, measurement)} WHERE $timeFilter", "sum", "lt", 1, minutes * 60, noData: "Alerting",
                $"No point of {measurement.Name} was stored in {minutes} minutes.", Dashboards.UidOf(measurement.Name)));
        }
        rules.Add(Rule("nbpy-loss", "Messages are lost", $"SELECT max(\"lost\") - min(\"lost\") FROM {services} WHERE $timeFilter GROUP BY \"service\"", "max", "gt", 0, WindowSeconds, "OK", "A gap could not be repaired: see the table of gaps.", PipelinePage.Uid));
        rules.Add(Rule("nbpy-spool", "A spool grows", $"SELECT max(\"spool_bytes\") - min(\"spool_bytes\") FROM {services} WHERE $timeFilter GROUP BY \"service\"", "max", "gt", 1_000_000, WindowSeconds, "OK", "The store does not take what arrives: it waits on disk.", PipelinePage.Uid));
        rules.Add(Rule("nbpy-lag", "A subscriber lags", $"SELECT min(\"pending\") FROM {services} WHERE $timeFilter GROUP BY \"service\"", "min", "gt", LagMessages, WindowSeconds, "OK", $"More than {LagMessages} messages have waited to be stored for five minutes.", PipelinePage.Uid));
        return new JsonObject
        {
            ["apiVersion"] = 1,
            ["groups"] = new JsonArray(new JsonObject { ["orgId"] = 1, ["name"] = "nbpy", ["folder"] = "NBPY", ["interval"] = "1m", ["rules"] = rules }),
        };
    }

    // Grafana puts its environment's variables into provisioning files; two dollars stand for one.
    private static JsonObject Rule(string uid, string title, string query, string reducer, string comparison, double limit, int seconds, string noData, string summary, string dashboard) => new()
    {
        ["uid"] = uid,
        ["title"] = title,
        ["condition"] = "C",
        ["for"] = "1m",
        ["noDataState"] = noData,
        ["execErrState"] = "Error",
        ["annotations"] = new JsonObject { ["summary"] = summary, ["dashboard"] = dashboard },
        ["labels"] = new JsonObject { ["system"] = "nbpy" },
        ["isPaused"] = false,
        ["data"] = new JsonArray(
            Step("A", DataSource.Uid, seconds, new JsonObject { ["query"] = query.Replace("$", "$$", StringComparison.Ordinal), ["rawQuery"] = true, ["resultFormat"] = "time_series" }),
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
