using Nbpy.Hosting.ApplicationModel;
using Nbpy.Hosting.Docker;
using Nbpy.Hosting.Docker.Resources;
using Nbpy.Hosting.Docker.Resources.ComposeNodes;
using Nbpy.Hosting.Publishing;

namespace Nbpy.Hosting;

/// <summary>Publishing as a Compose file.</summary>
public static class DockerComposeEnvironmentExtensions
{
    /// <summary>Publishes the application as a Compose file; nothing in run mode.</summary>
    public static IResourceBuilder<DockerComposeEnvironmentResource> AddDockerComposeEnvironment(this IDistributedApplicationBuilder builder, string name)
    {
        var environment = new DockerComposeEnvironmentResource(name);
        if (builder.ExecutionContext.IsRunMode)
            return builder.CreateResourceBuilder(environment);
        environment.Annotations.Add(new PublishingCallbackAnnotation(context => new ComposePublisher(environment, context).WriteAsync()));
        return builder.AddResource(environment);
    }

    /// <summary>Sets the environment's properties.</summary>
    public static IResourceBuilder<DockerComposeEnvironmentResource> WithProperties(
        this IResourceBuilder<DockerComposeEnvironmentResource> builder, Action<DockerComposeEnvironmentResource> configure)
    {
        configure(builder.Resource);
        return builder;
    }

    /// <summary>Changes the file before it is written.</summary>
    public static IResourceBuilder<DockerComposeEnvironmentResource> ConfigureComposeFile(
        this IResourceBuilder<DockerComposeEnvironmentResource> builder, Action<ComposeFile> configure)
    {
        builder.Resource.FileCallbacks.Add(configure);
        return builder;
    }

    /// <summary>Whether Aspire adds its dashboard.</summary>
    public static IResourceBuilder<DockerComposeEnvironmentResource> WithDashboard(
        this IResourceBuilder<DockerComposeEnvironmentResource> builder, bool enabled = true) => builder.WithProperties(e => e.DashboardEnabled = enabled);
}

/// <summary>Resources as services of a Compose file.</summary>
public static class DockerComposeServiceExtensions
{
    /// <summary>Changes the resource's service before it is written.</summary>
    public static IResourceBuilder<T> PublishAsDockerComposeService<T>(
        this IResourceBuilder<T> builder, Action<DockerComposeServiceResource, Service> configure)
        where T : IComputeResource => builder.WithAnnotation(new DockerComposeServiceCustomizationAnnotation(configure));
}
