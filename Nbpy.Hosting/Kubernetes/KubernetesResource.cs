using Nbpy.Hosting.ApplicationModel;
using Nbpy.Hosting.Kubernetes.Resources;

namespace Nbpy.Hosting.Kubernetes;

/// <summary>What a resource becomes in the chart: each part is written as a template of its own, and one that is set to null is not.</summary>
public class KubernetesResource(string name, IResource resource, KubernetesEnvironmentResource kubernetesEnvironmentResource)
    : Resource(name), IResourceWithParent<KubernetesEnvironmentResource>
{
    /// <inheritdoc/>
    public KubernetesEnvironmentResource Parent { get; } = kubernetesEnvironmentResource;

    IResource IResourceWithParent.Parent => Parent;

    /// <summary>The controller of its pods.</summary>
    public Workload? Workload { get; set; }

    /// <summary>The Service before them; null without endpoints.</summary>
    public Service? Service { get; set; }

    /// <summary>Its variables; null without any.</summary>
    public ConfigMap? ConfigMap { get; set; }

    /// <summary>Its variables with secret parameters; null without any.</summary>
    public Secret? Secret { get; set; }

    /// <summary>What else belongs to it.</summary>
    public List<BaseKubernetesResource> AdditionalResources { get; } = [];

    internal IResource Target { get; } = resource;

    internal IEnumerable<BaseKubernetesResource> Templates =>
        ((BaseKubernetesResource?[])[Workload, Service, ConfigMap, Secret, .. AdditionalResources]).OfType<BaseKubernetesResource>();
}
