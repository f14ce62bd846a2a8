using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Nbpy.ServiceDefaults;
using Nbpy.ServiceDefaults.Configuration;
using Nbpy.Viewer.Api;
using Nbpy.Viewer.Store;

namespace Nbpy.Viewer;

/// <summary>Puts the viewer together.</summary>
public static class ViewerApplication
{
    /// <summary>Largest request body, bytes: a dashboard of the largest kind is a tenth of it.</summary>
    public const int MaxBodyBytes = 2 * 1024 * 1024;

    /// <summary>Builds the server; it starts with <c>StartAsync</c>.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="port">Port at <c>system.bind_host</c>; 0 takes a free one.</param>
    public static WebApplication Build(IntegrationConfig config, int port)
    {
        // No arguments: what the configuration file says is all there is, not ASPNETCORE_URLS.
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxBodyBytes;
            kestrel.Listen(IPAddress.Parse(config.System.BindHost), port);
        });
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        ServiceLogging.AddTelemetry(builder.Logging, "grafana");
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(3));
        builder.Services.AddSingleton(config);
        builder.Services.AddSingleton(new StoreClient(config));
        builder.Services.AddSingleton<GrafanaState>();
        builder.Services.AddSingleton(new Sessions(TimeProvider.System));

        var app = builder.Build();
        app.Use(SecurityHeaders.Add);
        PageEndpoints.Map(app);
        ViewerEndpoints.Map(app);
        GrafanaEndpoints.Map(app);
        return app;
    }
}
