using System.Globalization;
using Nbpy.AppHost.Publishing;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.AppHost;

/// <summary>The store: InfluxDB in a container, the embedded store, or one that somebody else runs.</summary>
internal static class StoreExtensions
{
    private const string Name = "influxdb";
    private const int InfluxPort = 8086;
    private const string PublishedMemory = "2G";

    /// <summary>Adds the store that was chosen; null when it is external.</summary>
    public static Part? AddStore(this IDistributedApplicationBuilder builder, IntegrationConfig config, HostOptions options, Secrets secrets)
    {
        var choice = PartChoice.Make(
            builder.Configuration,
            "Store", options.Influx, config.Docker.InfluxDb.Image, "the embedded store (Nbpy.EmbeddedInflux)", config.InfluxDb.Url, options.IsPublish);
        return choice switch
        {
            PartMode.External => null,
            PartMode.Container => AddContainer(builder, config, options, secrets),
            _ => AddEmbedded(builder, config, options, secrets),
        };
    }

    private static Part AddEmbedded(IDistributedApplicationBuilder builder, IntegrationConfig config, HostOptions options, Secrets secrets)
    {
        var store = builder.AddProject(Name, "../Nbpy.EmbeddedInflux/Nbpy.EmbeddedInflux.csproj")
            .WithArgs("--port", config.InfluxDb.Port.ToString(CultureInfo.InvariantCulture))
            .WithArgs("--data", options.IsPublish ? ContainerPaths.Data + "/influxdb" : Path.Combine(config.System.DataDir, "influxdb"))
            .WithHttpEndpoint(port: config.InfluxDb.Port, targetPort: config.InfluxDb.Port, name: "http", isProxied: false)
            .WithHttpHealthCheck("/ping", statusCode: 204, endpointName: "http")
            // Four times what the others may leave before it is collected: at hundreds of thousands of points a second it costs a tenth less.
            .WithRuntimeSetting("DOTNET_GCgen0size", "0x400000", options)
            .PublishAsService("Nbpy.EmbeddedInflux", ["--port", config.InfluxDb.Port.ToString(CultureInfo.InvariantCulture)], PublishedMemory);
        if (options.IsPublish)
            store.WithArgs("--bind", "0.0.0.0");
        if (AsksForPasswords(config, options))
            store.WithArgs("--auth").WithEnvironment("INFLUXDB_ADMIN_USER", AdminUser(config, options)).WithEnvironment("INFLUXDB_ADMIN_PASSWORD", secrets.InfluxDbAdminPassword);
        return new Part(store, store.GetEndpoint("http"));
    }

    private static Part AddContainer(IDistributedApplicationBuilder builder, IntegrationConfig config, HostOptions options, Secrets secrets)
    {
        var (image, tag) = PartChoice.SplitImage(config.Docker.InfluxDb.Image);
        var store = builder.AddContainer(Name, image, tag)
            .WithVolume(options.IsPublish ? "nbpy-influxdb-data" : config.Docker.InfluxDb.ContainerName + "-data", "/var/lib/influxdb") // Two systems on one machine share none.
            .WithHttpEndpoint(port: config.InfluxDb.Port, targetPort: InfluxPort, name: "http", isProxied: false)
            .WithHttpHealthCheck("/ping", statusCode: 204, endpointName: "http")
            .WithEnvironment("INFLUXDB_HTTP_AUTH_ENABLED", AsksForPasswords(config, options) ? "true" : "false")
            .WithEnvironment("INFLUXDB_ADMIN_USER", AdminUser(config, options))
            .WithEnvironment("INFLUXDB_ADMIN_PASSWORD", secrets.InfluxDbAdminPassword)
            .WithEnvironment("INFLUXDB_REPORTING_DISABLED", "true")

            // The image's first start runs a server on its own loopback and restarts it: only the outer address counts. The password is no argument:
            // those are for everybody on the engine's host to see.
            .PublishAsPart(
                PublishedMemory,
                ["CMD-SHELL", "INFLUX_USERNAME=\"$$INFLUXDB_ADMIN_USER\" INFLUX_PASSWORD=\"$$INFLUXDB_ADMIN_PASSWORD\" influx -host \"$$(hostname -i)\" -execute 'SHOW DATABASES' > /dev/null"],
                service => service.Environment["INFLUXDB_ADMIN_PASSWORD"] = Required("INFLUXDB_ADMIN_PASSWORD"));
        if (!options.IsPublish)
            store.WithContainerName(config.Docker.InfluxDb.ContainerName);
        return new Part(store, store.GetEndpoint("http"));
    }

    private static string AdminUser(IntegrationConfig config, HostOptions options) =>
        options.IsPublish ? ComposeExtensions.Literal(config.InfluxDb.AdminUsername) : config.InfluxDb.AdminUsername;

    /// <summary>What is published asks always; on this machine's loopback the store asks once the password is not the one everybody knows.</summary>
    private static bool AsksForPasswords(IntegrationConfig config, HostOptions options) => options.IsPublish || config.InfluxDb.HasOwnPassword;

    /// <summary>A variable that Compose refuses to start without.</summary>
    public static string Required(string name) => $"${{{name}:?set it in .env}}";
}
