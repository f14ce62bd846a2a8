using Nbpy.Hosting.ApplicationModel;
using Nbpy.Hosting.Docker.Resources;

namespace Nbpy.Hosting.Docker;

/// <summary>Publishes the application as a Compose file. Exists in publish mode only.</summary>
public class DockerComposeEnvironmentResource(string name) : Resource(name), IComputeEnvironmentResource
{
    /// <summary>Name of the one network; null: <c>aspire</c>, as Aspire calls it.</summary>
    public string? DefaultNetworkName { get; set; }

    /// <summary>Aspire adds its dashboard as a service; the built-in host has no image of its own to add.</summary>
    public bool DashboardEnabled { get; set; } = true;

    internal List<Action<ComposeFile>> FileCallbacks { get; } = [];

    /// <summary>What the file leaves to <c>.env</c>: name and what it is for, in the order of first use.</summary>
    internal Dictionary<string, string> Placeholders { get; } = new(StringComparer.Ordinal);

    /// <summary>Notes the placeholder and gives its text, <c>${NAME}</c>.</summary>
    internal string Placeholder(string name, string description)
    {
        var key = name.ToUpperInvariant().Replace('-', '_').Replace('.', '_');
        Placeholders.TryAdd(key, description);
        return $"${{{key}}}";
    }
}

/// <summary>One service of the file.</summary>
public class DockerComposeServiceResource(string name, IResource resource, DockerComposeEnvironmentResource composeEnvironmentResource)
    : Resource(name), IResourceWithParent<DockerComposeEnvironmentResource>
{
    /// <inheritdoc/>
    public DockerComposeEnvironmentResource Parent { get; } = composeEnvironmentResource;

    IResource IResourceWithParent.Parent => Parent;

    internal IResource Target { get; } = resource;
}
