using YamlDotNet.Serialization;

namespace Nbpy.Hosting.Kubernetes.Resources;

/// <summary>Anything with a kind.</summary>
public abstract class BaseKubernetesObject(string? apiVersion = null, string? kind = null)
{
    /// <summary>Group and version.</summary>
    [YamlMember(Alias = "apiVersion", Order = -3)]
    public string? ApiVersion { get; set; } = apiVersion;

    /// <summary>The kind.</summary>
    [YamlMember(Alias = "kind", Order = -2)]
    public string? Kind { get; set; } = kind;
}

/// <summary>Anything that has a template of its own; derive from it for a kind that is not here.</summary>
public abstract class BaseKubernetesResource(string apiVersion, string kind) : BaseKubernetesObject(apiVersion, kind)
{
    /// <summary>Name and labels.</summary>
    [YamlMember(Alias = "metadata", Order = -1)]
    public ObjectMetaV1 Metadata { get; set; } = new();
}

/// <summary>Name and labels (Kubernetes API, ObjectMeta).</summary>
public sealed class ObjectMetaV1
{
    public string Name { get; set; } = null!;
    public string Namespace { get; set; } = null!;
    public Dictionary<string, string> Labels { get; set; } = [];
    public Dictionary<string, string> Annotations { get; } = [];
}

/// <summary>Which objects belong to it.</summary>
public sealed class LabelSelectorV1
{
    public LabelSelectorV1()
    {
    }

    public LabelSelectorV1(Dictionary<string, string> matchLabels) => MatchLabels = matchLabels;

    public Dictionary<string, string> MatchLabels { get; set; } = [];
}
