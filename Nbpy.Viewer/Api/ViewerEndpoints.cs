using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Nbpy.Grafana;
using Nbpy.ServiceDefaults.Configuration;
using Nbpy.Viewer.Store;

namespace Nbpy.Viewer.Api;

/// <summary>What the page asks. Measurements and tags are only those of the configuration.</summary>
internal static class ViewerEndpoints
{
    private const int MaxSeries = 500;
    private const int MaxValueLength = 200;

    public static void Map(WebApplication app)
    {
        var config = app.Services.GetRequiredService<IntegrationConfig>();
        var store = app.Services.GetRequiredService<StoreClient>();
        var open = app.MapGroup("").AddEndpointFilter(new NetworkGuard(config, app.Services.GetRequiredService<Sessions>()));
        BoardEndpoints.Map(open, config, app.Services.GetRequiredService<GrafanaState>(), store);
        open.MapGet("/api/viewer/topics", () => Json(Topics(config)));
        open.MapGet("/api/viewer/status", (CancellationToken cancel) => Status(config, store, cancel));
        open.MapGet("/api/viewer/latest", (HttpRequest request, CancellationToken cancel) =>
            Find(config, request) is { } measurement
                ? Select(store, MeasurementQueries.Latest(config.InfluxDb, measurement), cancel)
                : Task.FromResult(Unknown()));
        open.MapGet("/api/viewer/series", (HttpRequest request, CancellationToken cancel) => Series(config, store, request, cancel));
    }

    private static JsonObject Topics(IntegrationConfig config)
    {
        var topics = config.InfluxDb.Measurements.Values.Select(m => (JsonNode)new JsonObject
        {
            ["measurement"] = m.Name,
            ["uid"] = Dashboards.UidOf(m.Name),
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

    private static Task<IResult> Series(IntegrationConfig config, StoreClient store, HttpRequest request, CancellationToken cancel)
    {
        if (Find(config, request) is not { } measurement)
            return Task.FromResult(Unknown());
        long? since = null;
        if (request.Query["since"].FirstOrDefault() is { Length: > 0 } text)
        {
            if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var ms) || ms > 9_000_000_000_000)
                return Task.FromResult(Bad("since is milliseconds since the Unix epoch."));
            since = ms;
        }
        var tags = new List<KeyValuePair<string, string>>();
        foreach (var (key, value) in request.Query.Where(q => q.Key.StartsWith("tag.", StringComparison.Ordinal)))
        {
            var name = key["tag.".Length..];
            if (name != "source" && !measurement.Tags.Contains(name))
                return Task.FromResult(Bad("The measurement has no such tag in the configuration."));
            if (value.Count != 1 || value[0] is not { Length: <= MaxValueLength } single)
                return Task.FromResult(Bad($"A tag's value is given once and has at most {MaxValueLength} characters."));
            tags.Add(new(name, single));
        }
        return Select(store, MeasurementQueries.Series(config.InfluxDb, measurement, tags, since), cancel);
    }

    private static async Task<IResult> Select(StoreClient store, string query, CancellationToken cancel)
    {
        try
        {
            var series = await store.SelectAsync(query, cancel);
            var cut = series.Count > MaxSeries;
            while (series.Count > MaxSeries)
                series.RemoveAt(series.Count - 1);
            return Json(new JsonObject { ["now"] = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), ["series"] = series, ["cut"] = cut });
        }
        catch (StoreException e)
        {
            return Json(new JsonObject { ["error"] = e.Unreachable ? "unreachable" : "query", ["message"] = e.Message }, e.Unreachable ? 503 : 502);
        }
    }

    private static MeasurementConfig? Find(IntegrationConfig config, HttpRequest request) =>
        request.Query["measurement"].FirstOrDefault() is { } name
            ? config.InfluxDb.Measurements.Values.FirstOrDefault(m => m.Name == name)
            : null;

    private static IResult Unknown() => Json(new JsonObject { ["error"] = "unknown", ["message"] = "The configuration has no such measurement." }, 404);

    private static IResult Bad(string message) => Json(new JsonObject { ["error"] = "bad", ["message"] = message }, 400);

    private static JsonArray Strings(IEnumerable<string> values) => new([.. values.Select(v => (JsonNode)v)]);

    internal static IResult Json(JsonNode node, int status = 200) => Results.Content(node.ToJsonString(), "application/json; charset=utf-8", null, status);
}
