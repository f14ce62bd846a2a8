using System.Globalization;
using Nbpy.AppHost.Publishing;
using Nbpy.ServiceDefaults;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.AppHost;

/// <summary>Adds the programs of NBPY as resources, each with what every one of them is given.</summary>
internal sealed class ServicePrograms(IDistributedApplicationBuilder builder, IntegrationConfig config, HostOptions options, Secrets secrets)
{
    /// <summary>Names this run of the system. What is published is one run, however often its containers come and go.</summary>
    public string Run { get; } = options.IsPublish ? "published" : RunName.New(TimeProvider.System.GetUtcNow());

    /// <summary>Where services leave their counters for the closing report.</summary>
    public string StateDirectory { get; } = options.IsPublish ? ContainerPaths.Data + "/run" : Path.Combine(config.System.DataDir, "run");

    /// <summary>Where the store is; null: the configuration says it.</summary>
    public Part? Store { get; set; }

    /// <summary>A subscriber of the configuration: a process per measurement.</summary>
    public IResourceBuilder<ProjectResource> AddSubscriber(SubscriberConfig subscriber) =>
        AddService(subscriber.Name, "Nbpy.Subscribers", subscriber.Project, config.Publishers.FirstOrDefault(p => p.Name == subscriber.Publisher))
            .WithEnvironment("INFLUXDB_PASSWORD", secrets.InfluxDbPassword).PublishWithKeys(config, isPublisher: false);

    /// <summary>A data filter: a subscriber that publishes.</summary>
    public IResourceBuilder<ProjectResource> AddDataFilter(PublisherConfig filter) =>
        AddService(filter.Name, "Nbpy.Subscribers", null, config.Publishers.FirstOrDefault(p => p.Name == filter.Input)).WithZmqEndpoint(filter).PublishOpenPorts(config, filter).PublishWithKeys(config, isPublisher: true);

    /// <summary>A publisher of the configuration: a process per topic.</summary>
    public IResourceBuilder<ProjectResource> AddPublisher(PublisherConfig publisher) =>
        AddService(publisher.Name, "Nbpy.Publishers", publisher.Project, publisher)
            .WithArgs("--source", options.Source.ToString().ToLowerInvariant())
            .WithZmqEndpoint(publisher)
            .PublishOpenPorts(config, publisher)
            .WithCredentials(publisher)
            .PublishWithCertificate(publisher)
            .PublishWithFiles(publisher)
            .PublishWithKeys(config, isPublisher: true);

    /// <summary>A command of <c>nbpy</c> that runs once and knows the account that reads the store.</summary>
    public IResourceBuilder<ProjectResource> AddJob(string name, params string[] command) =>
        secrets.ForReader(AddProgram(name, "Nbpy.Cli", command)).PublishAsJob("Nbpy.Cli");

    /// <summary>The validator, over everything.</summary>
    public IResourceBuilder<ProjectResource> AddValidation() =>
        secrets.ForReader(AddProgram("validation", "Nbpy.Validation", "full")).PublishAsJob("Nbpy.Validation").PublishWithKeys(config, isPublisher: false);

    /// <summary>A program that knows the configuration and the store.</summary>
    public IResourceBuilder<ProjectResource> AddProgram(string name, string program, params string[] args) =>
        AddProject(name, $"../{program}/{program}.csproj").WithArgs([.. args, "--config", ConfigPath]);

    /// <summary>A resource's name: the configuration's, with the hyphens that resource names allow.</summary>
    public static string ResourceName(string name) => name.Replace('_', '-');

    private string ConfigPath => options.IsPublish ? ContainerPaths.Config : config.Path;

    private IResourceBuilder<ProjectResource> AddService(string name, string program, string? project, PublisherConfig? source)
    {
        var service = AddProject(ResourceName(name), project ?? $"../{program}/{program}.csproj")
            .WithArgs(name, "--config", ConfigPath)
            .WithEnvironment(EnvironmentNames.StateDirectory, StateDirectory)
            .WithEnvironment(EnvironmentNames.Run, Run)
            .WithHttpEndpoint(targetPort: options.IsPublish ? ContainerPaths.HealthPort : null, name: "health", env: EnvironmentNames.HealthPort)
            .WithHttpHealthCheck("/health", endpointName: "health");

        if (project is null && source is not null)
            service.ExpectFewMessages(source, options);

        // A program of the user's own brings its own image.
        return service.PublishAsService(project is null ? program : null);
    }

    private IResourceBuilder<ProjectResource> AddProject(string name, string path)
    {
        var project = builder.AddProject(name, path);
        if (Store is null && options.IsPublish)
            project.WithEnvironment("INFLUXDB_HOST", ComposeExtensions.Literal(config.InfluxDb.Host)).WithEnvironment("INFLUXDB_PORT", config.InfluxDb.Port.ToString(CultureInfo.InvariantCulture));
        else if (Store is { } store)
            project.WithEnvironment("INFLUXDB_HOST", ReferenceExpression.Create($"{store.Http.Property(EndpointProperty.Host)}")).WithEnvironment("INFLUXDB_PORT", ReferenceExpression.Create($"{store.Http.Property(EndpointProperty.Port)}"));
        return project;
    }
}
