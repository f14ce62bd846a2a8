using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Nbpy.Grafana;
using Nbpy.ServiceDefaults.Configuration;
using Nbpy.Viewer.Store;

namespace Nbpy.Viewer.Api;

/// <summary>Dashboards for the page, and the proxy of their queries: it alone knows the store's password, and lets only reads through.</summary>
internal static class BoardEndpoints
{
    private static readonly HashSet<string> Epochs = ["ns", "u", "ms", "s", "m", "h"];

    public static void Map(RouteGroupBuilder open, IntegrationConfig config, GrafanaState state, StoreClient store)
    {
        // What set-up (or a person) saved wins; before set-up ran, the configuration's own.
        var own = Dashboards.All(config).ToDictionary(d => d.Uid, d => d.ToJson());
        open.MapGet("/api/viewer/dashboards", () =>
        {
            var saved = state.All("dashboards");
            var all = saved.Concat(own.Values.Where(d => saved.All(s => s["uid"]?.ToString() != d["uid"]!.ToString())));
            return ViewerEndpoints.Json(new JsonArray([.. all.Select(d => new JsonObject
            {
                ["uid"] = d["uid"]?.DeepClone(), ["title"] = d["title"]?.DeepClone(), ["description"] = d["description"]?.DeepClone(),
            })]));
        });
        open.MapGet("/api/viewer/dashboards/{uid}", (string uid) => (state.Get("dashboards", uid) ?? own.GetValueOrDefault(uid)) is { } board
            ? ViewerEndpoints.Json(board)
            : GrafanaEndpoints.Message(404, $"There is no dashboard {uid}."));
        open.MapPost("/api/viewer/query", async (HttpRequest request, CancellationToken cancel) =>
            await QueryOf(request, cancel) is { } query ? await ReadAsync(store, query, "ms", cancel) : GrafanaEndpoints.Message(400, "The body is {\"q\": \"InfluxQL\"}."));
    }

    /// <summary>The store's answer to InfluxQL that only reads.</summary>
    internal static async Task<IResult> ReadAsync(StoreClient store, string query, string epoch, CancellationToken cancel)
    {
        if (ReadOnlyQuery.Refusal(query) is { } refusal)
            return GrafanaEndpoints.Message(403, refusal);
        try
        {
            return Results.Content(await store.ReadAsync(query, Epochs.Contains(epoch) ? epoch : "ns", cancel), "application/json; charset=utf-8");
        }
        catch (StoreException e)
        {
            return GrafanaEndpoints.Message(e.Unreachable ? 503 : 502, e.Message);
        }
    }

    private static async Task<string?> QueryOf(HttpRequest request, CancellationToken cancel)
    {
        if (!request.HasJsonContentType())
            return null;
        try
        {
            return await JsonNode.ParseAsync(request.Body, cancellationToken: cancel) is JsonObject body && body["q"] is JsonValue value && value.TryGetValue(out string? text) ? text : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
