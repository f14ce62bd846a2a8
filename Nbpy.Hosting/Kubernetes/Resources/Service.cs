using YamlDotNet.Serialization;

namespace Nbpy.Hosting.Kubernetes.Resources;

/// <summary>One address before pods.</summary>
public sealed class Service() : BaseKubernetesResource("v1", "Service")
{
    public ServiceSpecV1 Spec { get; set; } = new();
}

/// <summary>Members are the Kubernetes API's.</summary>
public sealed class ServiceSpecV1
{
    public string Type { get; set; } = "ClusterIP";

    [YamlMember(Alias = "clusterIP")]
    public string? ClusterIp { get; set; }

    public bool? PublishNotReadyAddresses { get; set; }
    public Dictionary<string, string> Selector { get; set; } = [];
    public List<ServicePortV1> Ports { get; } = [];
}

/// <summary>Members are the Kubernetes API's.</summary>
public sealed class ServicePortV1
{
    public string Name { get; set; } = null!;
    public string Protocol { get; set; } = null!;
    public Int32OrStringV1 Port { get; set; } = null!;
    public Int32OrStringV1 TargetPort { get; set; } = null!;
}
