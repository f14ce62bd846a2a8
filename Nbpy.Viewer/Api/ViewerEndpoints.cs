using System.Diagnostics;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Nbpy.Grafana;
using Nbpy.ServiceDefaults.Configuration;
using Nbpy.Viewer.Store;

namespace Nbpy.Viewer.Api;

/// <summary>What the page asks: the configuration's topics, the store's state, dashboards and their queries.</summary>
internal static class ViewerEndpoints
{
    public static void Map(WebApplication app)
    {
        var config = app.Services.GetRequiredService<IntegrationConfig>();
        var store = app.Services.GetRequiredService<StoreClient>();
        var open = app.MapGroup("").AddEndpointFilter(new NetworkGuard(config, app.Services.GetRequiredService<Sessions>()));
        BoardEndpoints.Map(open, config, app.Services.GetRequiredService<GrafanaState>(), store);
        open.MapGet("/api/viewer/topics", () => Json(Topics(config)));
        open.MapGet("/api/viewer/status", (CancellationToken cancel) => Status(config, store, cancel));
    }

    private static JsonObject Topics(IntegrationConfig config)
    {
        var topics = config.InfluxDb.Measurements.Values.Select(m => (JsonNode)new JsonObject
        {
            ["measurement"] = m.Name,
            ["uid"] = Dashboards.UidOf(config.InfluxDb, m.Name),
            ["from"] = InfluxQl.Source(config.InfluxDb, m),
            ["kind"] = MeasurementKinds.Of(m).ToString().ToLowerInvariant(),
            ["fields"] = Strings(m.Fields),
            ["tags"] = Strings(m.Tags),
            ["instrumentTags"] = Strings(MeasurementKinds.InstrumentTagsOf(m)),
            ["chartFields"] = Strings(MeasurementKinds.ChartFieldsOf(m)),
            ["description"] = config.Publishers.FirstOrDefault(p => p.Topic == m.Name)?.Description ?? "",
        });
        return new JsonObject { ["name"] = config.System.Name, ["topics"] = new JsonArray([.. topics]) };
    }

    private static async Task<IResult> Status(IntegrationConfig config, StoreClient store, CancellationToken cancel)
    {
        var watch = Stopwatch.StartNew();
        var status = new JsonObject { ["url"] = config.InfluxDb.Url, ["database"] = config.InfluxDb.Database };
        try
        {
            status["version"] = await store.PingAsync(cancel);
            status["state"] = "ok";
            status["latencyMs"] = Math.Round(watch.Elapsed.TotalMilliseconds, 1);
        }
        catch (StoreException e)
        {
            status["state"] = "unreachable";
            status["message"] = e.Message;
        }
        return Json(status);
    }

    private static JsonArray Strings(IEnumerable<string> values) => new([.. values.Select(v => (JsonNode)v)]);

    internal static IResult Json(JsonNode node, int status = 200) => Results.Content(node.ToJsonString(), "application/json; charset=utf-8", null, status);
}
