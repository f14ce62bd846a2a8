using System.Globalization;
using System.Net;
using Nbpy.AppHost.Publishing;
using Nbpy.Grafana;
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
            builder.Configuration,
            "Dashboards", options.Grafana, config.Docker.Grafana.Image, "the viewer (Nbpy.Viewer)", config.Urls.GrafanaUi, options.IsPublish);
        return choice switch
        {
            PartMode.External => null,
            PartMode.Container => AddContainer(builder, config, options, services, secrets),
            _ => AddViewer(config, options, services, secrets),
        };
    }

    private static Part AddViewer(IntegrationConfig config, HostOptions options, ServicePrograms services, Secrets secrets)
    {
        var port = config.Grafana.Port.ToString(CultureInfo.InvariantCulture);
        var viewer = secrets.ForReader(services.AddProgram(Name, "Nbpy.Viewer", "--port", port))
            .WithEnvironment("GRAFANA_ADMIN_PASSWORD", secrets.GrafanaAdminPassword)
            .WithHttpEndpoint(port: config.Grafana.Port, targetPort: config.Grafana.Port, name: "http", isProxied: false)
            .WithHttpHealthCheck("/api/health", endpointName: "http")
            .PublishAsService("Nbpy.Viewer", ["--port", port])
            .WaitForAll(services.Store?.Resource);
        if (options.IsPublish)
            viewer.WithExternalHttpEndpoints();
        return new Part(viewer, viewer.GetEndpoint("http"));
    }

    private static Part AddContainer(IDistributedApplicationBuilder builder, IntegrationConfig config, HostOptions options, ServicePrograms services, Secrets secrets)
    {
        var (image, tag) = PartChoice.SplitImage(config.Docker.Grafana.Image);
        var grafana = builder.AddContainer(Name, image, tag)
            .WithEnvironment("GF_SECURITY_ADMIN_USER", options.IsPublish ? ComposeExtensions.Literal(config.Grafana.AdminUser) : config.Grafana.AdminUser)
            .WithEnvironment("GF_SECURITY_ADMIN_PASSWORD", secrets.GrafanaAdminPassword)
            .WithEnvironment("GF_ANALYTICS_REPORTING_ENABLED", "false")
            .WithEnvironment("GF_ANALYTICS_CHECK_FOR_UPDATES", "false")
            .WithVolume(options.IsPublish ? "nbpy-grafana-data" : config.Docker.Grafana.ContainerName + "-data", "/var/lib/grafana")
            .WithHttpEndpoint(port: config.Grafana.Port, targetPort: GrafanaPort, name: "http", isProxied: false)
            .WithHttpHealthCheck("/api/health", endpointName: "http")
            .PublishAsPart(
                "512M",
                ["CMD-SHELL", "wget -q -O - http://127.0.0.1:3000/api/health | grep -q '\"database\": *\"ok\"'"],
                service =>
                {
                    service.Environment["GF_SECURITY_ADMIN_PASSWORD"] = StoreExtensions.Required("GRAFANA_ADMIN_PASSWORD");
                    service.Environment[ProvisioningFiles.PasswordVariable] = StoreExtensions.Required("INFLUXDB_READER_PASSWORD");
                    foreach (var (source, target) in GrafanaFiles.Mounts)
                        service.AddVolume(new Volume { Name = source, Type = "bind", Source = $"./{GrafanaFiles.Folder}/{source}", Target = target, ReadOnly = true });
                })
            .WithEnvironment(ProvisioningFiles.PasswordVariable, secrets.InfluxDbReaderPassword ?? secrets.InfluxDbPassword)
            .WaitForAll(services.Store?.Resource);
        if (services.Store is { } store)
            grafana.WithEnvironment(ProvisioningFiles.UrlVariable, ReferenceExpression.Create($"{store.Http.Property(EndpointProperty.Url)}"));
        else
            grafana.WithEnvironment(ProvisioningFiles.UrlVariable, FromContainer(config.InfluxDb.Url));
        Open(grafana, config, options);
        Provision(grafana, config, options, services.Store?.Resource.Resource is ContainerResource);
        return new Part(grafana, grafana.GetEndpoint("http"));
    }

    /// <summary>Where it is reachable: on this machine's loopback, and on what <c>system.bind_host</c> opens; in what is published, from outside.</summary>
    internal static void Open(IResourceBuilder<ContainerResource> grafana, IntegrationConfig config, HostOptions options)
    {
        var address = IPAddress.Parse(config.System.BindHost);
        if (options.IsPublish || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any))
            grafana.WithExternalHttpEndpoints();
        else if (!IPAddress.IsLoopback(address))
            grafana.WithContainerRuntimeArgs("--publish", string.Create(
                CultureInfo.InvariantCulture, $"{new IPEndPoint(address, config.Grafana.Port)}:{GrafanaPort}"));
    }

    /// <summary>Gives the container its files: mounted from the data folder when running; what is published mounts those beside its Compose file.</summary>
    private static void Provision(IResourceBuilder<ContainerResource> grafana, IntegrationConfig config, HostOptions options, bool isStoreInContainer)
    {
        if (options.OutputPath is { } output)
        {
            GrafanaFiles.Write(config, Path.Combine(output, GrafanaFiles.Folder), hasReader: true);
            return;
        }

        var folder = Path.GetFullPath(Path.Combine(config.System.DataDir, GrafanaFiles.Folder));
        GrafanaFiles.Write(config, folder, hasReader: false);
        if (!isStoreInContainer && new Uri(config.InfluxDb.Url).IsLoopback && IPAddress.IsLoopback(IPAddress.Parse(config.System.BindHost)))
            Console.WriteLine("Note: a store that listens on this machine's loopback alone may be out of reach of Grafana's container; --influx container, or --grafana viewer, is not.");
        foreach (var (source, target) in GrafanaFiles.Mounts)
            grafana.WithBindMount(Path.Combine(folder, source), target, isReadOnly: true);
        grafana.WithContainerName(config.Docker.Grafana.ContainerName);
    }

    // This machine, as a container sees it.
    private static string FromContainer(string url) => new Uri(url) is { IsLoopback: true } here ? $"{here.Scheme}://host.docker.internal:{here.Port}" : url;
}
