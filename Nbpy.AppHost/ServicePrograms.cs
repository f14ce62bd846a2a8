using Nbpy.ServiceDefaults;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.AppHost;

/// <summary>Adds the programs of NBPY as resources, each with what every one of them is given.</summary>
internal sealed class ServicePrograms(IDistributedApplicationBuilder builder, IntegrationConfig config, HostOptions options)
{
    /// <summary>Names this run of the system.</summary>
    public string Run { get; } = Guid.NewGuid().ToString("N");

    /// <summary>Where services leave their counters for the closing report.</summary>
    public string StateDirectory { get; } = Path.Combine(config.System.DataDir, "run");

    /// <summary>A subscriber of the configuration: a process per measurement.</summary>
    public IResourceBuilder<ProjectResource> AddSubscriber(SubscriberConfig subscriber) =>
        AddService(subscriber.Name, subscriber.Project ?? "../Nbpy.Subscribers/Nbpy.Subscribers.csproj");

    /// <summary>A data filter: a subscriber that publishes.</summary>
    public IResourceBuilder<ProjectResource> AddDataFilter(PublisherConfig filter) =>
        AddService(filter.Name, "../Nbpy.Subscribers/Nbpy.Subscribers.csproj").WithZmqEndpoint(filter);

    /// <summary>A publisher of the configuration: a process per topic.</summary>
    public IResourceBuilder<ProjectResource> AddPublisher(PublisherConfig publisher) =>
        AddService(publisher.Name, publisher.Project ?? "../Nbpy.Publishers/Nbpy.Publishers.csproj")
            .WithArgs("--source", options.Source.ToString().ToLowerInvariant())
            .WithZmqEndpoint(publisher);

    /// <summary>A command of <c>nbpy</c> that runs once.</summary>
    public IResourceBuilder<ProjectResource> AddJob(string name, params string[] command) =>
        builder.AddProject(name, "../Nbpy.Cli/Nbpy.Cli.csproj").WithArgs([.. command, "--config", config.Path]);

    /// <summary>The validator, over everything.</summary>
    public IResourceBuilder<ProjectResource> AddValidation() =>
        builder.AddProject("validation", "../Nbpy.Validation/Nbpy.Validation.csproj").WithArgs("full", "--config", config.Path);

    /// <summary>A resource's name: the configuration's, with the hyphens that resource names allow.</summary>
    public static string ResourceName(string name) => name.Replace('_', '-');

    private IResourceBuilder<ProjectResource> AddService(string name, string project) =>
        builder.AddProject(ResourceName(name), project)
            .WithArgs(name, "--config", config.Path)
            .WithEnvironment(EnvironmentNames.StateDirectory, StateDirectory)
            .WithEnvironment(EnvironmentNames.Run, Run)
            .WithHttpEndpoint(name: "health", env: EnvironmentNames.HealthPort)
            .WithHttpHealthCheck("/health", endpointName: "health");
}
