using System.Net;
using System.Text.Json.Nodes;

namespace Nbpy.Cli.Host;

/// <summary>Reads what the dashboard of a running host has received; signs in with the token of its address.</summary>
internal sealed class DashboardClient : IDisposable
{
    private readonly Uri login;
    private readonly HttpClient http;

    /// <param name="loginUrl">The address that the host's status has.</param>
    public DashboardClient(string loginUrl)
    {
        login = new Uri(loginUrl);
        http = new HttpClient(new HttpClientHandler { CookieContainer = new CookieContainer(), AllowAutoRedirect = false, UseProxy = false }) { Timeout = TimeSpan.FromSeconds(30) };
    }

    /// <summary>The newest entries, oldest first.</summary>
    /// <param name="kind">logs or spans.</param>
    /// <param name="resource">One sender's; null: all.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="IOException">The dashboard does not answer, or not as expected.</exception>
    public async Task<JsonArray> ReadAsync(string kind, string? resource, int limit, CancellationToken cancellationToken)
    {
        try
        {
            (await http.GetAsync(login, cancellationToken).ConfigureAwait(false)).Dispose();
            var query = $"/download/{kind}?limit={limit}" + (resource is null ? "" : "&resource=" + Uri.EscapeDataString(resource));
            using var answer = await http.GetAsync(new Uri(login, query), cancellationToken).ConfigureAwait(false);
            answer.EnsureSuccessStatusCode();
            return JsonNode.Parse(await answer.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false))!.AsArray();
        }
        catch (HttpRequestException e)
        {
            throw new IOException($"The dashboard at {login.GetLeftPart(UriPartial.Authority)} does not give its {kind}: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();
}
