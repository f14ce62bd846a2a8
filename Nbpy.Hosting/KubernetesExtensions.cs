using Nbpy.Hosting.ApplicationModel;
using Nbpy.Hosting.Kubernetes;
using Nbpy.Hosting.Publishing;

namespace Nbpy.Hosting;

/// <summary>Publishing as a Helm chart.</summary>
public static class KubernetesEnvironmentExtensions
{
    /// <summary>Publishes the application as a Helm chart; nothing in run mode.</summary>
    public static IResourceBuilder<KubernetesEnvironmentResource> AddKubernetesEnvironment(this IDistributedApplicationBuilder builder, string name)
    {
        var environment = new KubernetesEnvironmentResource(name);
        if (builder.ExecutionContext.IsRunMode)
            return builder.CreateResourceBuilder(environment);
        environment.Annotations.Add(new PublishingCallbackAnnotation(
            context => new HelmChartPublisher(environment, context, builder.Environment.ApplicationName).WriteAsync()));
        return builder.AddResource(environment);
    }

    /// <summary>Sets the environment's properties.</summary>
    public static IResourceBuilder<KubernetesEnvironmentResource> WithProperties(
        this IResourceBuilder<KubernetesEnvironmentResource> builder, Action<KubernetesEnvironmentResource> configure)
    {
        configure(builder.Resource);
        return builder;
    }

    /// <summary>Whether Aspire adds its dashboard.</summary>
    public static IResourceBuilder<KubernetesEnvironmentResource> WithDashboard(
        this IResourceBuilder<KubernetesEnvironmentResource> builder, bool enabled = true) => builder.WithProperties(e => e.DashboardEnabled = enabled);
}

/// <summary>Resources as parts of a Helm chart.</summary>
public static class KubernetesServiceExtensions
{
    /// <summary>Changes what the resource becomes in the chart before it is written.</summary>
    public static IResourceBuilder<T> PublishAsKubernetesService<T>(this IResourceBuilder<T> builder, Action<KubernetesResource> configure)
        where T : IComputeResource => builder.ApplicationBuilder.ExecutionContext.IsPublishMode
            ? builder.WithAnnotation(new KubernetesServiceCustomizationAnnotation(configure)) : builder;
}
