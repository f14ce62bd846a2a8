using Nbpy.Hosting.ApplicationModel;

namespace Nbpy.Hosting.Kubernetes;

/// <summary>Publishes the application as a Helm chart. Exists in publish mode only.</summary>
public sealed class KubernetesEnvironmentResource(string name) : Resource(name), IComputeEnvironmentResource
{
    /// <summary>Pull policy of containers whose resource names none.</summary>
    public string DefaultImagePullPolicy { get; set; } = "IfNotPresent";

    /// <summary>The type of Services.</summary>
    public string DefaultServiceType { get; set; } = "ClusterIP";

    /// <summary>Aspire adds its dashboard to the chart; the built-in host has no image of its own to add.</summary>
    public bool DashboardEnabled { get; set; } = true;
}
