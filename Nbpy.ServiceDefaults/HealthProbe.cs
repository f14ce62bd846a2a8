using System.Net;

namespace Nbpy.ServiceDefaults;

/// <summary>A program's verb <c>health</c>: asks the one that runs in the same container, for engines that ask by a command.</summary>
public static class HealthProbe
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(4);

    /// <summary>True when the arguments are the verb alone.</summary>
    public static bool IsAsked(string[] args) => args is ["health"];

    /// <summary>Asks <c>/health</c> on the port of <see cref="EnvironmentNames.HealthPort"/>.</summary>
    /// <returns>0 healthy; 1 not, and why on standard error.</returns>
    public static Task<int> RunAsync() => RunAsync($"http://{Loopback()}:{Environment.GetEnvironmentVariable(EnvironmentNames.HealthPort)}/health");

    /// <summary>Asks an address of this machine.</summary>
    /// <param name="url">Answers with a status from 200 to 299 when healthy.</param>
    /// <returns>0 healthy; 1 not, and why on standard error.</returns>
    public static async Task<int> RunAsync(string url)
    {
        try
        {
            using var http = new HttpClient { Timeout = Limit };
            using var response = await http.GetAsync(new Uri(url)).ConfigureAwait(false);
            if (response.IsSuccessStatusCode)
                return 0;
            await Console.Error.WriteLineAsync($"{url}: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync().ConfigureAwait(false)}").ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException or UriFormatException)
        {
            await Console.Error.WriteLineAsync($"{url}: {e.Message}").ConfigureAwait(false);
        }

        return 1;
    }

    /// <summary>The bound address, where it is one; 0.0.0.0 answers on loopback too.</summary>
    private static string Loopback() =>
        IPAddress.TryParse(Environment.GetEnvironmentVariable(EnvironmentNames.BindHost), out var bound) && !bound.Equals(IPAddress.Any) && !bound.Equals(IPAddress.IPv6Any)
            ? bound.ToString() : "127.0.0.1";
}
