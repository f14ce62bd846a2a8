namespace Nbpy.Hosting.Kubernetes.Resources;

/// <summary>Members are the Kubernetes API's.</summary>
public sealed class PodTemplateSpecV1
{
    public ObjectMetaV1 Metadata { get; set; } = new();
    public PodSpecV1 Spec { get; set; } = new();
}

/// <summary>Members are the Kubernetes API's.</summary>
public sealed class PodSpecV1
{
    public List<ContainerV1> InitContainers { get; } = [];
    public List<ContainerV1> Containers { get; } = [];
    public List<VolumeV1> Volumes { get; } = [];
    public PodSecurityContextV1? SecurityContext { get; set; }
    public string? ServiceAccountName { get; set; }
    public bool? AutomountServiceAccountToken { get; set; }
    public bool? EnableServiceLinks { get; set; }
    public string? RestartPolicy { get; set; }
    public long? TerminationGracePeriodSeconds { get; set; }
}

/// <summary>Members are the Kubernetes API's.</summary>
public sealed class PodSecurityContextV1
{
    public bool? RunAsNonRoot { get; set; }
    public long? RunAsUser { get; set; }
    public long? RunAsGroup { get; set; }
    public long? FsGroup { get; set; }
    public SeccompProfileV1? SeccompProfile { get; set; }
}

/// <summary>Members are the Kubernetes API's.</summary>
public sealed class SeccompProfileV1
{
    public string Type { get; set; } = null!;
    public string LocalhostProfile { get; set; } = null!;
}

/// <summary>Members are the Kubernetes API's.</summary>
public sealed class VolumeV1
{
    public string Name { get; set; } = null!;
    public ConfigMapVolumeSourceV1? ConfigMap { get; set; }
    public EmptyDirVolumeSourceV1? EmptyDir { get; set; }
    public PersistentVolumeClaimVolumeSourceV1? PersistentVolumeClaim { get; set; }
    public SecretVolumeSourceV1? Secret { get; set; }
}

/// <summary>Members are the Kubernetes API's.</summary>
public sealed class ConfigMapVolumeSourceV1
{
    public string Name { get; set; } = null!;
    public int? DefaultMode { get; set; }
    public bool? Optional { get; set; }
}

/// <summary>Members are the Kubernetes API's.</summary>
public sealed class EmptyDirVolumeSourceV1
{
    public string? Medium { get; set; }
    public string? SizeLimit { get; set; }
}

/// <summary>Members are the Kubernetes API's.</summary>
public sealed class PersistentVolumeClaimVolumeSourceV1
{
    public string ClaimName { get; set; } = null!;
    public bool? ReadOnly { get; set; }
}

/// <summary>Members are the Kubernetes API's.</summary>
public sealed class SecretVolumeSourceV1
{
    public string SecretName { get; set; } = null!;
    public int? DefaultMode { get; set; }
    public bool? Optional { get; set; }
}
