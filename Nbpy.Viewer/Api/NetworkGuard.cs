using System.Net;
using Microsoft.AspNetCore.Http;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Viewer.Api;

/// <summary>On this machine the pages are open, as the dashboard's are; where a network reaches them, their data want the account.</summary>
internal sealed class NetworkGuard(IntegrationConfig config, Sessions sessions) : IEndpointFilter
{
    private readonly bool _isOpen = IPAddress.IsLoopback(IPAddress.Parse(config.System.BindHost));
    private readonly BasicAuthentication _account = new(config.Grafana, sessions);

    public ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next) =>
        _isOpen ? next(context) : _account.InvokeAsync(context, next);
}
