using System.Globalization;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.AppHost;

/// <summary>What shows the data: Grafana in a container, the viewer, or one that somebody else runs.</summary>
internal static class GrafanaExtensions
{
    private const string Name = "grafana";

    /// <summary>Adds the one that was chosen; null when it is external.</summary>
    public static IResourceBuilder<IResourceWithWaitSupport>? AddGrafana(
        this IDistributedApplicationBuilder builder, IntegrationConfig config, HostOptions options)
    {
        var choice = PartChoice.Make("Dashboards", options.Grafana, config.Docker.Grafana.Image, "the viewer (Nbpy.Viewer)", config.Urls.GrafanaUi);
        return choice switch
        {
            PartMode.External => null,
            PartMode.Container => AddContainer(builder, config),
            _ => AddViewer(builder, config),
        };
    }

    private static IResourceBuilder<ProjectResource> AddViewer(IDistributedApplicationBuilder builder, IntegrationConfig config) =>
        builder.AddProject(Name, "../Nbpy.Viewer/Nbpy.Viewer.csproj")
            .WithArgs("--config", config.Path, "--port", config.Grafana.Port.ToString(CultureInfo.InvariantCulture))
            .WithHttpEndpoint(port: config.Grafana.Port, targetPort: config.Grafana.Port, name: "http", isProxied: false)
            .WithHttpHealthCheck("/api/health", endpointName: "http");

    private static IResourceBuilder<ContainerResource> AddContainer(IDistributedApplicationBuilder builder, IntegrationConfig config)
    {
        var (image, tag) = PartChoice.SplitImage(config.Docker.Grafana.Image);
        var password = builder.AddParameter("grafana-admin-password", config.Grafana.AdminPassword, secret: true);
        return builder.AddContainer(Name, image, tag)
            .WithContainerName(config.Docker.Grafana.ContainerName)
            .WithEnvironment("GF_SECURITY_ADMIN_USER", config.Grafana.AdminUser)
            .WithEnvironment("GF_SECURITY_ADMIN_PASSWORD", password)
            .WithVolume("nbpy-grafana-data", "/var/lib/grafana")
            .WithHttpEndpoint(port: config.Grafana.Port, targetPort: 3000, name: "http", isProxied: false)
            .WithHttpHealthCheck("/api/health", endpointName: "http");
    }
}
