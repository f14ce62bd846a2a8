using System.Globalization;
using Nbpy.AppHost.Publishing;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.AppHost;

/// <summary>What shows the data: Grafana in a container, the viewer, or one that somebody else runs.</summary>
internal static class GrafanaExtensions
{
    private const string Name = "grafana";
    private const int GrafanaPort = 3000;

    /// <summary>Adds the one that was chosen, after the store; null when it is external.</summary>
    public static Part? AddGrafana(this IDistributedApplicationBuilder builder, IntegrationConfig config, HostOptions options, ServicePrograms services, Secrets secrets)
    {
        var choice = PartChoice.Make(
            "Dashboards", options.Grafana, config.Docker.Grafana.Image, "the viewer (Nbpy.Viewer)", config.Urls.GrafanaUi, options.IsPublish);
        return choice switch
        {
            PartMode.External => null,
            PartMode.Container => AddContainer(builder, config, options, services, secrets),
            _ => AddViewer(config, services, secrets),
        };
    }

    private static Part AddViewer(IntegrationConfig config, ServicePrograms services, Secrets secrets)
    {
        var port = config.Grafana.Port.ToString(CultureInfo.InvariantCulture);
        var viewer = secrets.ForReader(services.AddProgram(Name, "Nbpy.Viewer", "--port", port))
            .WithEnvironment("GRAFANA_ADMIN_PASSWORD", secrets.GrafanaAdminPassword)
            .WithHttpEndpoint(port: config.Grafana.Port, targetPort: config.Grafana.Port, name: "http", isProxied: false)
            .WithExternalHttpEndpoints()
            .WithHttpHealthCheck("/api/health", endpointName: "http")
            .PublishAsService("Nbpy.Viewer", ["--port", port])
            .WaitForAll(services.Store?.Resource);
        return new Part(viewer, viewer.GetEndpoint("http"));
    }

    private static Part AddContainer(IDistributedApplicationBuilder builder, IntegrationConfig config, HostOptions options, ServicePrograms services, Secrets secrets)
    {
        var (image, tag) = PartChoice.SplitImage(config.Docker.Grafana.Image);
        var grafana = builder.AddContainer(Name, image, tag)
            .WithEnvironment("GF_SECURITY_ADMIN_USER", config.Grafana.AdminUser)
            .WithEnvironment("GF_SECURITY_ADMIN_PASSWORD", secrets.GrafanaAdminPassword)
            .WithEnvironment("GF_ANALYTICS_REPORTING_ENABLED", "false")
            .WithEnvironment("GF_ANALYTICS_CHECK_FOR_UPDATES", "false")
            .WithVolume("nbpy-grafana-data", "/var/lib/grafana")
            .WithHttpEndpoint(port: config.Grafana.Port, targetPort: GrafanaPort, name: "http", isProxied: false)
            .WithExternalHttpEndpoints()
            .WithHttpHealthCheck("/api/health", endpointName: "http")
            .PublishAsPart(
                "512M",
                ["CMD-SHELL", "wget -q -O - http://127.0.0.1:3000/api/health | grep -q '\"database\": *\"ok\"'"],
                service => service.Environment["GF_SECURITY_ADMIN_PASSWORD"] = StoreExtensions.Required("GRAFANA_ADMIN_PASSWORD"))
            .WaitForAll(services.Store?.Resource);
        if (!options.IsPublish)
            grafana.WithContainerName(config.Docker.Grafana.ContainerName);
        return new Part(grafana, grafana.GetEndpoint("http"));
    }
}
