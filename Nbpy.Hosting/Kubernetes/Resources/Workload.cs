using YamlDotNet.Serialization;

namespace Nbpy.Hosting.Kubernetes.Resources;

/// <summary>A controller of pods.</summary>
public abstract class Workload(string apiVersion, string kind) : BaseKubernetesResource(apiVersion, kind)
{
    /// <summary>The pods' template.</summary>
    [YamlIgnore]
    public abstract PodTemplateSpecV1 PodTemplate { get; }
}

/// <summary>Pods without names of their own.</summary>
public sealed class Deployment() : Workload("apps/v1", "Deployment")
{
    public DeploymentSpecV1 Spec { get; set; } = new();

    /// <inheritdoc/>
    [YamlIgnore]
    public override PodTemplateSpecV1 PodTemplate => Spec.Template;
}

/// <summary>Members are the Kubernetes API's.</summary>
public sealed class DeploymentSpecV1
{
    public PodTemplateSpecV1 Template { get; set; } = new();
    public LabelSelectorV1 Selector { get; set; } = new();
    public int? Replicas { get; set; } = 1;
    public int? RevisionHistoryLimit { get; set; } = 3;
    public DeploymentStrategyV1 Strategy { get; set; } = new();
}

/// <summary>Members are the Kubernetes API's.</summary>
public sealed class DeploymentStrategyV1
{
    public string Type { get; set; } = "RollingUpdate";
}

/// <summary>Pods with names and volumes of their own.</summary>
public sealed class StatefulSet() : Workload("apps/v1", "StatefulSet")
{
    public StatefulSetSpecV1 Spec { get; set; } = new();

    /// <inheritdoc/>
    [YamlIgnore]
    public override PodTemplateSpecV1 PodTemplate => Spec.Template;
}

/// <summary>Members are the Kubernetes API's.</summary>
public sealed class StatefulSetSpecV1
{
    public string ServiceName { get; set; } = null!;
    public PodTemplateSpecV1 Template { get; set; } = new();
    public LabelSelectorV1 Selector { get; set; } = new();
    public int? Replicas { get; set; }
    public List<PersistentVolumeClaim> VolumeClaimTemplates { get; } = [];
}

/// <summary>Disk that is asked for.</summary>
public sealed class PersistentVolumeClaim() : BaseKubernetesResource("v1", "PersistentVolumeClaim")
{
    public PersistentVolumeClaimSpecV1 Spec { get; set; } = new();
}

/// <summary>Members are the Kubernetes API's.</summary>
public sealed class PersistentVolumeClaimSpecV1
{
    public string StorageClassName { get; set; } = null!;
    public List<string> AccessModes { get; } = [];
    public VolumeResourceRequirementsV1 Resources { get; set; } = new();
}

/// <summary>Members are the Kubernetes API's.</summary>
public sealed class VolumeResourceRequirementsV1
{
    public Dictionary<string, string> Limits { get; } = [];
    public Dictionary<string, string> Requests { get; } = [];
}
