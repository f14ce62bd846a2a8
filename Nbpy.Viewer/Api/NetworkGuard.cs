using System.Net;
using Microsoft.AspNetCore.Http;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Viewer.Api;

/// <summary>On this machine the pages are open, as the dashboard's are; where a network reaches them, their data want the account.</summary>
internal sealed class NetworkGuard(IntegrationConfig config, Sessions sessions) : IEndpointFilter
{
    private readonly bool _isOpen = IPAddress.IsLoopback(IPAddress.Parse(config.System.BindHost));
    private readonly BasicAuthentication _account = new(config.Grafana, sessions);

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        if (!_isOpen)
            return await _account.InvokeAsync(context, next);
        return IsOwnHost(context.HttpContext.Request.Host)
            ? await next(context)
            : GrafanaEndpoints.Message(403, "The viewer of this machine is asked by localhost or a loopback address.");
    }

    /// <summary>On loopback only its names are taken: a foreign name that resolves here is somebody else's page.</summary>
    private bool IsOwnHost(HostString host) =>
        host.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || host.Host.Equals(config.System.Localhost, StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
