using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Nbpy.Dashboard.Model;
using Nbpy.Dashboard.Telemetry;

namespace Nbpy.Dashboard.Server;

internal static class Downloads
{
    public static void Map(IEndpointRouteBuilder endpoints, IResourceModel model, TelemetryStore store)
    {
    }
}
