using System.Globalization;
using Nbpy.AppHost.Publishing;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.AppHost;

/// <summary>Small words for the topology.</summary>
internal static class TopologyExtensions
{
    /// <summary>Seconds that a service may run without getting healthy before what waits for it fails; the store's and the viewer's are configured.</summary>
    private const string ServiceWaitTimeout = "120";

    /// <summary>Bounds every wait for health, so that none is for ever: at the bound what waits fails and says why, and the supervisor starts it
    /// once what it needs is healthy.</summary>
    public static void BoundWaits(this IDistributedApplicationBuilder builder, IntegrationConfig config)
    {
        const string key = "Nbpy:HealthTimeoutSeconds";
        builder.Configuration[key] = ServiceWaitTimeout;
        builder.Configuration[key + ":influxdb"] = config.Docker.InfluxDb.WaitTimeout.ToString(CultureInfo.InvariantCulture);
        builder.Configuration[key + ":grafana"] = config.Docker.Grafana.WaitTimeout.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Waits for each of them that exists: a part that somebody else runs is no resource here.</summary>
    public static IResourceBuilder<T> WaitForAll<T>(this IResourceBuilder<T> resource, params IEnumerable<IResourceBuilder<IResource>?> dependencies)
        where T : IResourceWithWaitSupport
    {
        foreach (var dependency in dependencies)
            if (dependency is not null)
                resource.WaitFor(dependency);
        return resource;
    }

    /// <summary>A setting of the runtime. What stands in the environment of a host that starts its services itself is kept.</summary>
    public static IResourceBuilder<ProjectResource> WithRuntimeSetting(this IResourceBuilder<ProjectResource> resource, string name, string value, HostOptions options) =>
        options.IsPublish || Environment.GetEnvironmentVariable(name) is null ? resource.WithEnvironment(name, value) : resource;

    /// <summary>The sockets of a publisher (PUB, and the ROUTER that serves missed messages): the ports are the configuration's, so no
    /// proxy stands before them.</summary>
    public static IResourceBuilder<ProjectResource> WithZmqEndpoint(this IResourceBuilder<ProjectResource> resource, PublisherConfig publisher)
    {
        resource.WithEndpoint(port: publisher.Port, targetPort: publisher.Port, scheme: "tcp", name: "zmq", isProxied: false);
        var replay = publisher.EffectiveReplayPort;
        return replay == 0 ? resource : resource.WithEndpoint(port: replay, targetPort: replay, scheme: "tcp", name: "replay", isProxied: false);
    }

    /// <summary>Tells the resource where the dashboards are: those of the topology, or, in
    /// what is published, those that somebody else runs.</summary>
    public static IResourceBuilder<ProjectResource> WithGrafana(this IResourceBuilder<ProjectResource> resource, Part? grafana, HostOptions options, GrafanaConfig config, Secrets secrets)
    {
        resource.WithEnvironment("GRAFANA_ADMIN_PASSWORD", secrets.GrafanaAdminPassword);
        if (grafana is not null)
            // A token of the shell's is for another Grafana.
            resource.WithEnvironment("GRAFANA_TOKEN", "")
                .WithEnvironment("GRAFANA_HOST", ReferenceExpression.Create($"{grafana.Http.Property(EndpointProperty.Host)}"))
                .WithEnvironment("GRAFANA_PORT", ReferenceExpression.Create($"{grafana.Http.Property(EndpointProperty.Port)}"));
        else if (options.IsPublish)
            resource.WithEnvironment("GRAFANA_HOST", ComposeExtensions.Literal(config.Host)).WithEnvironment("GRAFANA_PORT", config.Port.ToString(CultureInfo.InvariantCulture));
        return resource;
    }
}
