using Nbpy.Hosting.ApplicationModel;

namespace Nbpy.Hosting.Kubernetes;

/// <summary>Changes what a resource becomes in the chart before it is written.</summary>
public sealed class KubernetesServiceCustomizationAnnotation(Action<KubernetesResource> configure) : IResourceAnnotation
{
    /// <summary>The change.</summary>
    public Action<KubernetesResource> Configure { get; } = configure;
}
