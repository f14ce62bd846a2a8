using System.Globalization;
using System.Net;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.AppHost.Publishing;

/// <summary>What a Compose file says beyond the topology: health, restarts, limits, privileges. Written so that both hosts publish the same.</summary>
internal static class ComposeExtensions
{
    private const string ServiceMemory = "256M";

    /// <summary>The Compose file as a whole.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="finished">Is given the file as it is written.</param>
    public static void AddComposeFile(this IDistributedApplicationBuilder builder, Action<ComposeFile> finished) => builder.AddDockerComposeEnvironment("compose")
        .WithProperties(e => e.DefaultNetworkName = "nbpy")
        .WithDashboard(false)
        .ConfigureComposeFile(file =>
        {
            RemoveAspiresOwn(file);
            foreach (var mount in file.Services.Values.SelectMany(s => s.Volumes).Where(v => v.Type == "volume"))
                file.Volumes.TryAdd(mount.Source!, new Volume { Name = mount.Source!, Driver = "local" });

            // Everything has a health check but the jobs: to wait for it is to wait until it is healthy.
            foreach (var dependency in file.Services.Values.SelectMany(s => s.DependsOn))
                if (dependency.Value.Condition == "service_started" && file.Services.GetValueOrDefault(dependency.Key)?.Healthcheck is not null)
                    dependency.Value.Condition = "service_healthy";
            finished(file);
        });

    /// <summary>Takes out what Aspire's publisher adds by itself and nothing here reads, so that both hosts publish the same variables: OTLP
    /// experiments, ASP.NET's ports (our programs have their own), and <c>NAME_ZMQ</c> beside <c>services__name__zmq__0</c>.</summary>
    internal static void RemoveAspiresOwn(ComposeFile file)
    {
        var references = file.Services.Keys.Select(name => name.ToUpperInvariant().Replace('-', '_') + "_ZMQ").ToHashSet(StringComparer.Ordinal);
        foreach (var variables in file.Services.Values.Select(s => s.Environment))
            foreach (var name in variables.Keys.Where(n => n is "HTTP_PORTS" or "ASPNETCORE_FORWARDEDHEADERS_ENABLED"
                || n.StartsWith("OTEL_DOTNET_EXPERIMENTAL_", StringComparison.Ordinal) || references.Contains(n)).ToList())
                variables.Remove(name);
    }

    /// <summary>A text of the configuration for a Compose file, which would take <c>$NAME</c> for a variable; Aspire's publisher leaves it
    /// to us.</summary>
    public static string Literal(string text) => text.Replace("$", "$$", StringComparison.Ordinal);

    /// <summary>A program that goes on until it is stopped.</summary>
    /// <param name="resource">The program.</param>
    /// <param name="program">The project of NBPY that it is; null: the user's own, whose image <c>.env</c> has to name.</param>
    /// <param name="health">Further arguments of the program's <c>health</c>.</param>
    /// <param name="memory">The most that it may take, as Compose spells it.</param>
    public static IResourceBuilder<ProjectResource> PublishAsService(
        this IResourceBuilder<ProjectResource> resource, string? program, IReadOnlyList<string>? health = null, string memory = ServiceMemory) =>
        resource.PublishAsDockerComposeService((_, service) =>
        {
            Harden(service, program, memory);
            service.Restart = "unless-stopped";
            service.Healthcheck = Check(["CMD", "/app/program", "health", .. health ?? []]);
        });

    /// <summary>A program of NBPY that runs once.</summary>
    public static IResourceBuilder<ProjectResource> PublishAsJob(this IResourceBuilder<ProjectResource> resource, string program) =>
        resource.PublishAsDockerComposeService((_, service) =>
        {
            Harden(service, program, ServiceMemory);
            service.Restart = "no";
        });

    /// <summary>Somebody else's image.</summary>
    public static IResourceBuilder<ContainerResource> PublishAsPart(
        this IResourceBuilder<ContainerResource> resource, string memory, IReadOnlyList<string> healthTest, Action<Service> configure) =>
        resource.PublishAsDockerComposeService((_, service) =>
        {
            Common(service, memory);
            service.Restart = "unless-stopped";
            service.Healthcheck = Check(healthTest);
            configure(service);
        });

    /// <summary>A publisher's sockets on the engine's host, at the address that <c>system.bind_host</c> opens; loopback opens nothing.</summary>
    public static IResourceBuilder<ProjectResource> PublishOpenPorts(this IResourceBuilder<ProjectResource> resource, IntegrationConfig config, PublisherConfig publisher)
    {
        var address = IPAddress.Parse(config.System.BindHost);
        if (IPAddress.IsLoopback(address))
            return resource;
        var isEvery = address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);
        return resource.PublishAsDockerComposeService((_, service) =>
        {
            foreach (var port in (int[])[publisher.Port, publisher.EffectiveReplayPort])
                if (port != 0)
                {
                    var inside = port.ToString(CultureInfo.InvariantCulture);
                    service.Ports.Add($"{(isEvery ? inside : new IPEndPoint(address, port).ToString())}:{inside}");
                }
        });
    }

    /// <summary>The variables with a venue's credentials, where the publisher may want them.</summary>
    public static IResourceBuilder<ProjectResource> WithCredentials(this IResourceBuilder<ProjectResource> resource, PublisherConfig publisher) =>
        resource.PublishAsDockerComposeService((_, service) =>
        {
            foreach (var name in KnownClasses.CredentialVariables(publisher))
                service.AddEnvironmentalVariable(name, $"${{{name}:-}}");
        });

    private static void Harden(Service service, string? program, string memory)
    {
        Common(service, memory);

        // Aspire's variable for the image, with the image that docker/build-images.sh makes as its default.
        var image = program is null ? ":?set it in .env" : $":-nbpy/{program[5..].ToLowerInvariant()}:{ProductVersion.Text}";
        service.Image = $"${{{service.Name.ToUpperInvariant().Replace('-', '_')}_IMAGE{image}}}";
        service.ReadOnly = true;
        service.Tmpfs = ["/tmp"];
        service.CapDrop = ["ALL"];
        service.AddVolume(new Volume { Name = "config", Type = "bind", Source = "./config/integration_config.json", Target = ContainerPaths.Config, ReadOnly = true });
        service.AddVolume(new Volume { Name = ContainerPaths.DataVolume, Type = "volume", Source = ContainerPaths.DataVolume, Target = ContainerPaths.Data });
        foreach (var (name, value) in (ReadOnlySpan<(string, string)>)
            [
                (ServiceDefaults.EnvironmentNames.BindHost, "0.0.0.0"), ("NBPY_TRUSTED_NETWORK", "true"), ("NBPY_DATA_DIR", ContainerPaths.Data),
                ("NBPY_LOG_DIR", ContainerPaths.Data + "/logs"), ("DOTNET_ThreadPool_UnfairSemaphoreSpinLimit", "0"), ("DOTNET_GCgen0size", "0x100000"),
                ("DOTNET_EnableDiagnostics", "0"),
            ])
            if (!service.Environment.ContainsKey(name))
                service.AddEnvironmentalVariable(name, value);
    }

    private static void Common(Service service, string memory)
    {
        // The first process of a container ignores what it has no handler for: a SIGTERM while a program starts would be lost, and the grace period waited out.
        service.Init = true;
        service.StopGracePeriod = "40s";
        service.SecurityOpt = ["no-new-privileges:true"];
        service.Deploy = new Deploy { Resources = new Resources { Limits = new ResourceSpec { Memory = memory, Cpus = "1.0" } } };
        service.Logging = new Logging { Driver = "json-file", Options = new() { ["max-size"] = "10m", ["max-file"] = "3" } };
    }

    private static Healthcheck Check(IReadOnlyList<string> test) =>
        new() { Test = [.. test], Interval = "10s", Timeout = "5s", Retries = 6, StartPeriod = "30s" };
}
