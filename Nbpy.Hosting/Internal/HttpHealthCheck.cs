using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Nbpy.Hosting.ApplicationModel;

namespace Nbpy.Hosting.Internal;

/// <summary>Healthy when a GET answers the wanted status. Asks the process itself: a proxy before it would hold the request, and any
/// instance could answer for another.</summary>
internal sealed class HttpHealthCheck(EndpointReference endpoint, string path, int statusCode) : IHealthCheck
{
    private static readonly HttpClient Http = new(new SocketsHttpHandler { UseProxy = false, PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30) })
    {
        Timeout = TimeSpan.FromSeconds(4),
    };

    /// <summary>A container's own port is not reachable from here.</summary>
    private int? Port => endpoint.Resource is ContainerResource ? endpoint.Port : endpoint.TargetPort;

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (!endpoint.IsAllocated)
            return HealthCheckResult.Unhealthy("its port is not known yet");
        var uri = new Uri(string.Create(CultureInfo.InvariantCulture, $"{endpoint.Scheme}://localhost:{Port}{path}"));
        try
        {
            using var response = await Http.GetAsync(uri, cancellationToken).ConfigureAwait(false);
            if ((int)response.StatusCode == statusCode)
                return HealthCheckResult.Healthy();
            var body = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
            return HealthCheckResult.Unhealthy($"{path} answered {(int)response.StatusCode}: {(body.Length > 200 ? body[..200] : body)}");
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return HealthCheckResult.Unhealthy($"{path} does not answer");
        }
    }
}
