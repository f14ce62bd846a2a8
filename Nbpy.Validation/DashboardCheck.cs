using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Validation;

/// <summary>Looks whether the expected dashboards are there. What is missing is a warning: the data are not affected.</summary>
internal static class DashboardCheck
{
    public static async Task<IReadOnlyList<string>> RunAsync(IntegrationConfig config, CancellationToken cancellationToken)
    {
        var api = config.Urls.GrafanaApi.TrimEnd('/');
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{config.Grafana.AdminUser}:{config.Grafana.AdminPassword}")));
        try
        {
            using var found = JsonDocument.Parse(await http.GetStringAsync(new Uri(api + "/search?type=dash-db"), cancellationToken).ConfigureAwait(false));
            var uids = found.RootElement.EnumerateArray().Select(d => d.GetProperty("uid").GetString()!).ToList();
            var missing = config.Validation.ExpectedDashboards.Where(e => !uids.Any(u => Same(u, e))).ToList();
            return missing.Count == 0 ? [] : [$"dashboards missing at {config.Urls.GrafanaUi}: {string.Join(", ", missing)}; make them with: nbpy grafana setup"];
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException or JsonException or KeyNotFoundException)
        {
            return [$"the dashboards could not be checked at {api}: {e.Message}"];
        }
    }

    /// <summary>The original named a dashboard by its topic, with or without <c>_stream</c>; an uid may have hyphens.</summary>
    private static bool Same(string uid, string expected)
    {
        static string Plain(string name) => name.Replace('-', '_').Replace("_stream", "", StringComparison.Ordinal).Replace("nbpy_", "", StringComparison.Ordinal);
        return Plain(uid) == Plain(expected);
    }
}
