using Nbpy.Hosting.ApplicationModel;
using Nbpy.Hosting.Docker.Resources.ComposeNodes;

namespace Nbpy.Hosting.Docker;

/// <summary>Changes a resource's service before it is written.</summary>
public sealed class DockerComposeServiceCustomizationAnnotation(Action<DockerComposeServiceResource, Service> configure) : IResourceAnnotation
{
    /// <summary>The change.</summary>
    public Action<DockerComposeServiceResource, Service> Configure { get; } = configure;
}
