using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Nbpy.Dashboard.Server;
using Nbpy.ServiceDefaults.Configuration;
using Nbpy.Viewer.Store;

namespace Nbpy.Viewer.Api;

/// <summary>The part of Grafana's HTTP API that set-up and people's scripts use (Grafana, "HTTP API": health, data source, dashboard,
/// folder/dashboard search).</summary>
internal static class GrafanaEndpoints
{
    private const string DataSources = "datasources";
    private const string Dashboards = "dashboards";
    private const string Messages = "messages";

    /// <summary>Grafana's own limit of a search.</summary>
    private const int MaxFound = 1000;

    public static void Map(WebApplication app)
    {
        var config = app.Services.GetRequiredService<IntegrationConfig>();
        var state = app.Services.GetRequiredService<GrafanaState>();
        // Grafana's health is about its own database, not about its data sources: it answers as soon as it serves.
        app.MapGet("/api/health", () => ViewerEndpoints.Json(new JsonObject
        {
            ["database"] = "ok",
            ["version"] = typeof(GrafanaEndpoints).Assembly.GetName().Version!.ToString(3),
            ["commit"] = "nbpy-viewer",
        }));

        var sessions = app.Services.GetRequiredService<Sessions>();
        var account = new BasicAuthentication(config.Grafana, sessions);
        MapLogin(app, account, sessions);
        var api = app.MapGroup("/api").AddEndpointFilter(account);
        var store = app.Services.GetRequiredService<StoreClient>();
        MapDataSources(api, state, store);
        MapDashboards(api, state);
        MapFolders(api);
        api.MapGet("/datasources/proxy/uid/{uid}/query", (string uid, string? q, string? epoch, CancellationToken cancel) =>
            state.Get(DataSources, uid) is null ? Task.FromResult(Message(404, "Data source not found")) : BoardEndpoints.ReadAsync(store, q ?? "", epoch ?? "", cancel));
    }

    internal static IResult Message(int status, string message) => ViewerEndpoints.Json(new JsonObject { ["message"] = message }, status);

    // Grafana's page signs in with JSON and keeps a cookie; a script may do the same. There is no page for it here: a browser is asked by Basic.
    private static void MapLogin(WebApplication app, BasicAuthentication account, Sessions sessions)
    {
        app.MapGet("/login", () => Results.Redirect("/"));
        // With a second parameter: of the context alone it would be a RequestDelegate, whose result is dropped. As a lambda: the images' build
        // makes the endpoint beforehand, and takes no variable.
        app.MapPost("/login", (HttpContext context, CancellationToken _) => LoginAsync(context, account, sessions));
    }

    private static async Task<IResult> LoginAsync(HttpContext context, BasicAuthentication account, Sessions sessions)
    {
        var body = await ReadObject(context.Request);
        if (body is null || Text(body, "user") is not { } user || Text(body, "password") is not { } password || !account.IsAccount(user, password))
            return Message(401, "Invalid username or password");
        context.Response.Cookies.Append(Sessions.Cookie, sessions.Open(), new CookieOptions
        {
            HttpOnly = true, SameSite = SameSiteMode.Strict, Secure = ForwardedScheme.Of(context.Request) == "https", MaxAge = Sessions.Length, Path = "/",
        });
        return ViewerEndpoints.Json(new JsonObject { ["message"] = "Logged in", ["redirectUrl"] = "/" });
    }

    // One folder, the general one: what set-up and scripts ask before they save into it.
    private static void MapFolders(RouteGroupBuilder api)
    {
        api.MapGet("/folders", () => ViewerEndpoints.Json(new JsonArray()));
        api.MapGet("/folders/{uid}", (string uid) => uid == "general"
            ? ViewerEndpoints.Json(new JsonObject { ["id"] = 0, ["uid"] = "general", ["title"] = "General", ["url"] = "/" })
            : Message(404, "folder not found"));
        api.MapGet("/org", () => ViewerEndpoints.Json(new JsonObject { ["id"] = 1, ["name"] = "Main Org." }));
    }

    // The viewer asks the store itself, by its own configuration.
    private static async Task<IResult> HealthAsync(StoreClient store, CancellationToken cancel)
    {
        try
        {
            return ViewerEndpoints.Json(new JsonObject { ["status"] = "OK", ["message"] = $"InfluxDB {await store.PingAsync(cancel)}" });
        }
        catch (StoreException e)
        {
            return ViewerEndpoints.Json(new JsonObject { ["status"] = "ERROR", ["message"] = e.Message }, 400);
        }
    }

    private static void MapDataSources(RouteGroupBuilder api, GrafanaState state, StoreClient store)
    {
        JsonObject? Named(string name) => state.All(DataSources).FirstOrDefault(d => d["name"]?.ToString() == name);
        api.MapGet("/datasources", () => ViewerEndpoints.Json(new JsonArray([.. state.All(DataSources).Select(Listed)])));
        api.MapGet("/datasources/uid/{uid}", (string uid) => Found(state.Get(DataSources, uid), "Data source not found"));
        api.MapGet("/datasources/name/{name}", (string name) => Found(Named(name), "Data source not found"));
        api.MapGet("/datasources/{id:int}", (int id) => Found(state.All(DataSources).FirstOrDefault(d => d["id"]?.GetValue<int>() == id), "Data source not found"));
        api.MapDelete("/datasources/uid/{uid}", (string uid) => state.Remove(DataSources, uid)
            ? ViewerEndpoints.Json(new JsonObject { ["message"] = "Data source deleted" })
            : Message(404, "Data source not found"));
        api.MapGet("/datasources/uid/{uid}/health", async (string uid, CancellationToken cancel) => state.Get(DataSources, uid) is null
            ? Message(404, "Data source not found")
            : await HealthAsync(store, cancel));
        api.MapPost("/datasources", async (HttpRequest request) =>
        {
            if (await ReadObject(request) is not { } source || Text(source, "name") is not { } name || Text(source, "type") is null)
                return Message(400, "bad request data");
            var uid = Text(source, "uid") ?? Guid.NewGuid().ToString("N")[..14];
            if (Named(name) is not null || state.Get(DataSources, uid) is not null)
                return Message(409, "data source with the same name or uid already exists");
            return Saved(state, uid, source, "Datasource added");
        });
        api.MapPut("/datasources/uid/{uid}", async (string uid, HttpRequest request) =>
        {
            if (await ReadObject(request) is not { } source || Text(source, "name") is not { } name || Text(source, "type") is null)
                return Message(400, "bad request data");
            if (state.Get(DataSources, uid) is null)
                return Message(404, "Data source not found");
            if (Named(name) is { } other && other["uid"]?.ToString() != uid)
                return Message(409, "data source with the same name already exists");
            return Saved(state, uid, source, "Datasource updated");
        });
    }

    private static void MapDashboards(RouteGroupBuilder api, GrafanaState state)
    {
        api.MapPost("/dashboards/db", async (HttpRequest request) =>
        {
            var body = await ReadObject(request);
            if (body?["dashboard"] is not JsonObject dashboard || Text(dashboard, "title") is not { } title)
                return Message(400, "Dashboard title cannot be empty");
            var uid = Text(dashboard, "uid") ?? Guid.NewGuid().ToString("N")[..14];
            var overwrite = body["overwrite"] is JsonValue v && v.TryGetValue(out bool yes) && yes;
            // As Grafana: who has seen the newest version may save over it.
            if (state.Get(Dashboards, uid) is { } newest && !overwrite && dashboard["version"]?.ToString() != newest["version"]!.ToString())
                return ViewerEndpoints.Json(new JsonObject { ["status"] = "version-mismatch", ["message"] = "The dashboard has been changed by someone else" }, 412);
            dashboard["uid"] = uid;
            var saved = state.Put(Dashboards, uid, dashboard.DeepClone().AsObject());
            state.Put(Messages, uid, new JsonObject { ["message"] = Text(body, "message") ?? "" });
            return ViewerEndpoints.Json(new JsonObject
            {
                ["id"] = saved["id"]!.DeepClone(),
                ["uid"] = uid,
                ["url"] = $"/d/{uid}/{Slug(title)}",
                ["status"] = "success",
                ["version"] = saved["version"]!.DeepClone(),
                ["slug"] = Slug(title),
                ["title"] = Slug(title),
            });
        });
        api.MapGet("/dashboards/uid/{uid}", (string uid) => state.Get(Dashboards, uid) is { } dashboard
            ? ViewerEndpoints.Json(new JsonObject
            {
                ["meta"] = new JsonObject
                {
                    ["type"] = "db",
                    ["slug"] = Slug(dashboard["title"]!.ToString()),
                    ["url"] = $"/d/{uid}/{Slug(dashboard["title"]!.ToString())}",
                    ["version"] = dashboard["version"]!.DeepClone(),
                },
                ["dashboard"] = dashboard,
            })
            : Message(404, "Dashboard not found"));
        api.MapGet("/dashboards/uid/{uid}/versions", (string uid) => state.Get(Dashboards, uid) is { } dashboard
            ? ViewerEndpoints.Json(new JsonObject
            {
                ["versions"] = new JsonArray(new JsonObject
                {
                    ["id"] = 1, ["uid"] = uid, ["version"] = dashboard["version"]!.DeepClone(), ["message"] = state.Get(Messages, uid)?["message"]?.DeepClone() ?? "",
                }),
            })
            : Message(404, "Dashboard not found"));
        api.MapDelete("/dashboards/uid/{uid}", (string uid) => state.Get(Dashboards, uid) is { } dashboard && state.Remove(Dashboards, uid)
            ? ViewerEndpoints.Json(new JsonObject { ["title"] = dashboard["title"]!.DeepClone(), ["message"] = $"Dashboard {dashboard["title"]} deleted", ["uid"] = uid })
            : Message(404, "Dashboard not found"));
        api.MapGet("/search", (string? query, string[]? tag, string? type, string? limit) => ViewerEndpoints.Json(new JsonArray([.. Search(state, query, tag ?? [], type, limit)])));
    }

    // Folders there are none; every tag that is asked for must be there.
    private static IEnumerable<JsonObject> Search(GrafanaState state, string? query, string[] tags, string? type, string? limit) => type is "dash-folder" ? [] : state.All(Dashboards)
        .Where(d => tags.All(tag => (d["tags"] as JsonArray)?.Any(t => t?.ToString() == tag) == true))
        .Where(d => query is null || d["title"]!.ToString().Contains(query, StringComparison.OrdinalIgnoreCase))
        .Take(int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out var most) && most > 0 ? most : MaxFound)
        .Select(d => new JsonObject
        {
            ["id"] = d["id"]!.DeepClone(),
            ["uid"] = d["uid"]!.DeepClone(),
            ["title"] = d["title"]!.DeepClone(),
            ["uri"] = "db/" + Slug(d["title"]!.ToString()),
            ["url"] = $"/d/{d["uid"]}/{Slug(d["title"]!.ToString())}",
            ["type"] = "dash-db",
            ["tags"] = d["tags"]?.DeepClone() ?? new JsonArray(),
        });

    /// <summary>As a list shows it: without what only the datasource's own answer says.</summary>
    private static JsonObject Listed(JsonObject source)
    {
        source.Remove("secureJsonFields");
        source.Remove("version");
        return source;
    }

    private static IResult Found(JsonObject? entry, string missing) => entry is null ? Message(404, missing) : ViewerEndpoints.Json(entry);

    private static IResult Saved(GrafanaState state, string uid, JsonObject source, string message)
    {
        // The viewer asks the store with its own configuration; a password sent to it is not kept anywhere.
        var secure = new JsonObject();
        foreach (var (key, _) in source["secureJsonData"] as JsonObject ?? [])
            secure[key] = true;
        source.Remove("secureJsonData");
        source.Remove("password");
        source["secureJsonFields"] = secure;
        source["uid"] = uid;
        source["orgId"] = 1;
        var saved = state.Put(DataSources, uid, source);
        return ViewerEndpoints.Json(new JsonObject
        {
            ["id"] = saved["id"]!.DeepClone(),
            ["name"] = saved["name"]!.DeepClone(),
            ["message"] = message,
            ["datasource"] = saved,
        });
    }

    /// <summary>The body as a JSON object; null when it is not one. Only <c>application/json</c>: a form of another site cannot send that.</summary>
    private static async Task<JsonObject?> ReadObject(HttpRequest request)
    {
        if (!request.HasJsonContentType())
            return null;
        try
        {
            return await JsonNode.ParseAsync(request.Body, cancellationToken: request.HttpContext.RequestAborted) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? Text(JsonObject node, string key) =>
        node[key] is JsonValue value && value.TryGetValue(out string? text) && text.Length is > 0 and <= 200 ? text : null;

    private static string Slug(string title) =>
        string.Join('-', new string([.. title.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : ' ')])
            .Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
