using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Nbpy.Grafana;

/// <summary>Grafana refused a request.</summary>
public sealed class GrafanaException(string message) : Exception(message);

/// <summary>The part of Grafana's HTTP API that set-up needs.</summary>
public sealed class GrafanaClient : IDisposable
{
    /// <summary>What set-up says of each version of a dashboard that it saves: a version without it is a person's.</summary>
    public const string SetupMessage = "nbpy set-up";

    private const string AlertRules = "api/v1/provisioning/alert-rules";
    private readonly HttpClient _http;

    /// <summary>A client for one Grafana.</summary>
    /// <param name="url">For example <c>http://localhost:3000</c>.</param>
    /// <param name="user">An administrator.</param>
    /// <param name="password">Its password.</param>
    /// <param name="token">A service account's token, instead of user and password.</param>
    public GrafanaClient(string url, string user, string password, string? token = null)
    {
        _http = new HttpClient { BaseAddress = new Uri(url.TrimEnd('/') + "/"), Timeout = TimeSpan.FromSeconds(15) };
        _http.DefaultRequestHeaders.Authorization = token is not null
            ? new AuthenticationHeaderValue("Bearer", token)
            : new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));
    }

    /// <summary>True when Grafana says that its database is ready.</summary>
    public async Task<bool> IsReadyAsync(CancellationToken cancel)
    {
        try
        {
            using var answer = await _http.GetAsync("api/health", cancel).ConfigureAwait(false);
            return answer.IsSuccessStatusCode
                && JsonNode.Parse(await answer.Content.ReadAsStringAsync(cancel).ConfigureAwait(false))?["database"]?.ToString() == "ok";
        }
        catch (Exception e) when (e is HttpRequestException or System.Text.Json.JsonException or InvalidOperationException
            || (e is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            return false;
        }
    }

    /// <summary>The datasource with this uid; null when there is none.</summary>
    public Task<JsonObject?> GetDataSourceAsync(string uid, CancellationToken cancel) => SendAsync(HttpMethod.Get, "api/datasources/uid/" + uid, null, cancel);

    /// <summary>Adds a datasource.</summary>
    public Task AddDataSourceAsync(JsonObject source, CancellationToken cancel) => SendAsync(HttpMethod.Post, "api/datasources", source, cancel);

    /// <summary>Replaces a datasource.</summary>
    public Task UpdateDataSourceAsync(string uid, JsonObject source, CancellationToken cancel) => SendAsync(HttpMethod.Put, "api/datasources/uid/" + uid, source, cancel);

    /// <summary>The dashboard with this uid (<c>dashboard</c>) and what Grafana knows of it (<c>meta</c>); null when there is none.</summary>
    public async Task<JsonObject?> GetDashboardAsync(string uid, CancellationToken cancel) =>
        await SendAsync(HttpMethod.Get, "api/dashboards/uid/" + uid, null, cancel).ConfigureAwait(false) is { } answer && answer["dashboard"] is JsonObject ? answer : null;

    /// <summary>Adds or replaces a dashboard.</summary>
    public Task SaveDashboardAsync(JsonObject dashboard, CancellationToken cancel) => SendAsync(
        HttpMethod.Post, "api/dashboards/db", new JsonObject { ["dashboard"] = dashboard.DeepClone(), ["overwrite"] = true, ["message"] = SetupMessage }, cancel);

    /// <summary>What was said when a dashboard was saved last; null when nothing was.</summary>
    public async Task<string?> GetLastMessageAsync(string uid, CancellationToken cancel)
    {
        // Grafana 11 answers an object with the list; before, the list itself.
        var answer = await SendNodeAsync(HttpMethod.Get, $"api/dashboards/uid/{uid}/versions?limit=1", null, cancel).ConfigureAwait(false);
        var versions = answer as JsonArray ?? answer?["versions"] as JsonArray;
        return versions is [var newest, ..] ? newest?["message"]?.ToString() : null;
    }

    /// <summary>Why the datasource does not reach its store, in Grafana's words; null when it does, or when Grafana does not say.</summary>
    public async Task<string?> GetDataSourceProblemAsync(string uid, CancellationToken cancel)
    {
        try
        {
            using var answer = await _http.GetAsync($"api/datasources/uid/{uid}/health", cancel).ConfigureAwait(false);
            var said = JsonNode.Parse(await answer.Content.ReadAsStringAsync(cancel).ConfigureAwait(false));
            return said?["status"]?.ToString() is { } status && status != "OK" ? said["message"]?.ToString() ?? status : null;
        }
        catch (Exception e) when (e is HttpRequestException or System.Text.Json.JsonException or InvalidOperationException
            || (e is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            return e.Message;
        }
    }

    /// <summary>All alert rules; null where there is no such API.</summary>
    public async Task<IReadOnlyList<JsonObject>?> GetAlertRulesAsync(CancellationToken cancel) =>
        await SendNodeAsync(HttpMethod.Get, AlertRules, null, cancel).ConfigureAwait(false) is JsonArray rules ? [.. rules.OfType<JsonObject>()] : null;

    /// <summary>Adds an alert rule.</summary>
    public Task AddAlertRuleAsync(JsonObject rule, CancellationToken cancel) => SendAsync(HttpMethod.Post, AlertRules, rule, cancel);

    /// <summary>Replaces an alert rule.</summary>
    public Task UpdateAlertRuleAsync(string uid, JsonObject rule, CancellationToken cancel) => SendAsync(HttpMethod.Put, $"{AlertRules}/{uid}", rule, cancel);

    /// <summary>Removes an alert rule.</summary>
    public Task DeleteAlertRuleAsync(string uid, CancellationToken cancel) => SendAsync(HttpMethod.Delete, $"{AlertRules}/{uid}", null, cancel);

    /// <summary>Makes a folder where there is none of this uid.</summary>
    public async Task EnsureFolderAsync(string uid, string title, CancellationToken cancel)
    {
        if (await SendAsync(HttpMethod.Get, "api/folders/" + uid, null, cancel).ConfigureAwait(false) is null)
            await SendAsync(HttpMethod.Post, "api/folders", new JsonObject { ["uid"] = uid, ["title"] = title }, cancel).ConfigureAwait(false);
    }

    public void Dispose() => _http.Dispose();

    private async Task<JsonObject?> SendAsync(HttpMethod method, string path, JsonObject? body, CancellationToken cancel) =>
        await SendNodeAsync(method, path, body, cancel).ConfigureAwait(false) as JsonObject;

    private async Task<JsonNode?> SendNodeAsync(HttpMethod method, string path, JsonObject? body, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        try
        {
            using var answer = await _http.SendAsync(request, cancel).ConfigureAwait(false);
            var text = await answer.Content.ReadAsStringAsync(cancel).ConfigureAwait(false);
            if (answer.StatusCode == HttpStatusCode.NotFound && method == HttpMethod.Get)
                return null;
            return answer.IsSuccessStatusCode
                ? text.Length == 0 ? null : JsonNode.Parse(text)
                : throw new GrafanaException($"{method} /{path}: {(int)answer.StatusCode} {(text.Length > 300 ? text[..300] : text)}");
        }
        catch (Exception e) when (e is HttpRequestException or System.Text.Json.JsonException
            || (e is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            throw new GrafanaException($"{method} /{path}: {e.Message}");
        }
    }
}
