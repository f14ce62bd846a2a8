using System.Globalization;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.AppHost;

/// <summary>The store: InfluxDB in a container, the embedded store, or one that somebody else runs.</summary>
internal static class StoreExtensions
{
    private const string Name = "influxdb";

    /// <summary>Adds the store that was chosen; null when it is external.</summary>
    public static IResourceBuilder<IResourceWithWaitSupport>? AddStore(
        this IDistributedApplicationBuilder builder, IntegrationConfig config, HostOptions options)
    {
        var choice = PartChoice.Make("Store", options.Influx, config.Docker.InfluxDb.Image, "the embedded store (Nbpy.EmbeddedInflux)", config.InfluxDb.Url);
        return choice switch
        {
            PartMode.External => null,
            PartMode.Container => AddContainer(builder, config),
            _ => AddEmbedded(builder, config),
        };
    }

    private static IResourceBuilder<ProjectResource> AddEmbedded(IDistributedApplicationBuilder builder, IntegrationConfig config) =>
        builder.AddProject(Name, "../Nbpy.EmbeddedInflux/Nbpy.EmbeddedInflux.csproj")
            .WithArgs("--port", config.InfluxDb.Port.ToString(CultureInfo.InvariantCulture), "--data", Path.Combine(config.System.DataDir, "influxdb"))
            .WithHttpEndpoint(port: config.InfluxDb.Port, targetPort: config.InfluxDb.Port, name: "http", isProxied: false)
            .WithHttpHealthCheck("/ping", statusCode: 204, endpointName: "http");

    private static IResourceBuilder<ContainerResource> AddContainer(IDistributedApplicationBuilder builder, IntegrationConfig config)
    {
        var (image, tag) = PartChoice.SplitImage(config.Docker.InfluxDb.Image);
        return builder.AddContainer(Name, image, tag)
            .WithContainerName(config.Docker.InfluxDb.ContainerName)
            .WithVolume("nbpy-influxdb-data", "/var/lib/influxdb")
            .WithHttpEndpoint(port: config.InfluxDb.Port, targetPort: 8086, name: "http", isProxied: false)
            .WithHttpHealthCheck("/ping", statusCode: 204, endpointName: "http");
    }
}
