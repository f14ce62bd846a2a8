namespace Nbpy.Hosting.Kubernetes.Resources;

/// <summary>Values that are no secrets.</summary>
public sealed class ConfigMap() : BaseKubernetesResource("v1", "ConfigMap")
{
    public Dictionary<string, string> Data { get; } = [];
}

/// <summary>Values that are.</summary>
public sealed class Secret() : BaseKubernetesResource("v1", "Secret")
{
    public string Type { get; set; } = "Opaque";
    public Dictionary<string, string> StringData { get; } = [];
}
