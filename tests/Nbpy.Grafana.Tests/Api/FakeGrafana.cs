using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Nbpy.Grafana.Tests.Api;

/// <summary>Answers set-up as Grafana does and keeps what it was asked. With files it has everything from provisioning: a datasource that is
/// read-only, dashboards that cannot be saved, which appear only after some requests.</summary>
internal sealed class FakeGrafana : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ConcurrentDictionary<string, JsonObject> sources = new();
    private readonly ConcurrentDictionary<string, (JsonObject Board, string Message)> boards = new();
    private readonly ConcurrentDictionary<string, JsonObject> rules = new();
    private readonly bool files;
    private int late;
    private bool hasFolder;

    private FakeGrafana(WebApplication app, bool files, int late)
    {
        this.app = app;
        this.files = files;
        this.late = late;
    }

    public ConcurrentQueue<RecordedRequest> Requests { get; } = new();
    public string Url => app.Urls.First();

    /// <param name="provisioned">What its files hold; null: it has no files.</param>
    /// <param name="late">Requests for dashboards that are answered before the files are read.</param>
    public static async Task<FakeGrafana> StartAsync(Nbpy.ServiceDefaults.Configuration.IntegrationConfig? provisioned = null, int late = 0)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var fake = new FakeGrafana(builder.Build(), provisioned is not null, late);
        if (provisioned is not null)
        {
            fake.sources[DataSource.Uid] = Kept(DataSource.ToJson(provisioned.InfluxDb), readOnly: true);
            foreach (var board in Dashboards.All(provisioned))
                fake.boards[board.Uid] = (board.ToJson(), "");
        }
        fake.app.Use(fake.RecordAsync);
        fake.Map();
        await fake.app.StartAsync();
        return fake;
    }

    /// <summary>As a person saves in Grafana's page.</summary>
    public void Edit(string uid) => boards[uid] = (new JsonObject { ["uid"] = uid, ["title"] = "mine" }, "");

    /// <summary>As a person corrects the datasource's address.</summary>
    public void Correct(string url) => sources[DataSource.Uid]["url"] = url;

    /// <summary>A person's rule is one that nothing provided.</summary>
    public void Unlock(string uid)
    {
        rules[uid]["provenance"] = "";
        rules[uid]["for"] = "9m";
    }

    public JsonObject Source => sources[DataSource.Uid];
    public IEnumerable<string> Rules => rules.Keys;

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task RecordAsync(HttpContext context, RequestDelegate next)
    {
        var request = context.Request;
        request.EnableBuffering();
        using var reader = new StreamReader(request.Body, leaveOpen: true);
        var text = await reader.ReadToEndAsync();
        request.Body.Position = 0;
        if (request.Path.Value is { } path && path.StartsWith("/api/", StringComparison.Ordinal) && path != "/api/health")
            Requests.Enqueue(new RecordedRequest(request.Method, path[4..], [.. request.Query.Keys], text.Length == 0 ? null : JsonNode.Parse(text)));
        await next(context);
    }

    private void Map()
    {
        app.MapGet("/api/health", () => Json(new JsonObject { ["database"] = "ok" }));
        app.MapGet("/api/datasources/uid/{uid}", (string uid) => sources.TryGetValue(uid, out var source) ? Json(source) : Results.NotFound());
        app.MapPost("/api/datasources", async (HttpRequest request) => Save(await BodyAsync(request)));
        app.MapPut("/api/datasources/uid/{uid}", async (string uid, HttpRequest request) => files
            ? Json(new JsonObject { ["message"] = "Cannot update read-only data source" }, 403)
            : Save(await BodyAsync(request)));
        app.MapGet("/api/dashboards/uid/{uid}", (string uid) => Interlocked.Decrement(ref late) < 0 && boards.TryGetValue(uid, out var found)
            ? Json(new JsonObject { ["dashboard"] = found.Board.DeepClone(), ["meta"] = new JsonObject { ["provisioned"] = files } })
            : Results.NotFound());
        app.MapGet("/api/dashboards/uid/{uid}/versions", (string uid) => Json(new JsonObject { ["versions"] = new JsonArray(new JsonObject { ["message"] = boards[uid].Message }) }));
        app.MapGet("/api/datasources/uid/{uid}/health", () => Json(new JsonObject { ["status"] = "ERROR", ["message"] = "error reading InfluxDB: connection refused" }, 400));
        app.MapGet("/api/v1/provisioning/alert-rules", () => Json(new JsonArray([.. rules.Values.Select(r => r.DeepClone())])));
        app.MapPost("/api/v1/provisioning/alert-rules", async (HttpRequest request) => Rule(await BodyAsync(request), 201));
        app.MapPut("/api/v1/provisioning/alert-rules/{uid}", async (HttpRequest request) => Rule(await BodyAsync(request), 200));
        app.MapDelete("/api/v1/provisioning/alert-rules/{uid}", (string uid) => rules.TryRemove(uid, out _) ? Results.NoContent() : Results.NotFound());
        app.MapGet("/api/folders/{uid}", (string uid) => hasFolder ? Json(new JsonObject { ["uid"] = uid }) : Results.NotFound());
        app.MapPost("/api/folders", () =>
        {
            hasFolder = true;
            return Json(new JsonObject { ["uid"] = AlertRules.Group });
        });
        app.MapPost("/api/dashboards/db", async (HttpRequest request) =>
        {
            var body = await BodyAsync(request);
            if (files)
                return Json(new JsonObject { ["message"] = "Cannot save provisioned dashboard" }, 400);
            var board = body["dashboard"]!.DeepClone().AsObject();
            boards[board["uid"]!.ToString()] = (board, body["message"]?.ToString() ?? "");
            return Json(new JsonObject { ["status"] = "success" });
        });
    }

    // As Grafana keeps it: locked, and with settings of its own beside those that came.
    private IResult Rule(JsonObject rule, int status)
    {
        if (!hasFolder)
            return Json(new JsonObject { ["message"] = "folder does not exist" }, 400);
        var kept = rule.DeepClone().AsObject();
        kept["id"] = rules.Count + 1;
        kept["orgID"] = 4;
        kept["provenance"] = "api";
        kept["data"]![0]!["model"]!["intervalMs"] = 1000;
        rules[kept["uid"]!.ToString()] = kept;
        return Json(kept, status);
    }

    private IResult Save(JsonObject source)
    {
        sources[source["uid"]!.ToString()] = Kept(source, readOnly: false);
        return Json(new JsonObject { ["message"] = "Datasource added" });
    }

    private static JsonObject Kept(JsonObject source, bool readOnly)
    {
        var kept = source.DeepClone().AsObject();
        kept.Remove("secureJsonData");
        kept["secureJsonFields"] = new JsonObject { ["password"] = true };
        kept["readOnly"] = readOnly;
        return kept;
    }

    private static async Task<JsonObject> BodyAsync(HttpRequest request) => (await JsonNode.ParseAsync(request.Body))!.AsObject();

    private static IResult Json(JsonNode node, int status = 200) => Results.Content(node.ToJsonString(), "application/json", null, status);
}
