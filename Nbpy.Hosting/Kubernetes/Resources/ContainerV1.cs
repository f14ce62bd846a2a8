namespace Nbpy.Hosting.Kubernetes.Resources;

/// <summary>Members are the Kubernetes API's.</summary>
public sealed class ContainerV1
{
    public string Name { get; set; } = null!;
    public string Image { get; set; } = null!;
    public string ImagePullPolicy { get; set; } = "IfNotPresent";
    public List<string> Command { get; } = [];
    public List<string> Args { get; } = [];
    public string? WorkingDir { get; set; }
    public List<EnvVarV1> Env { get; } = [];
    public List<EnvFromSourceV1> EnvFrom { get; } = [];
    public List<ContainerPortV1> Ports { get; } = [];
    public List<VolumeMountV1> VolumeMounts { get; } = [];
    public ProbeV1? StartupProbe { get; set; }
    public ProbeV1? LivenessProbe { get; set; }
    public ProbeV1? ReadinessProbe { get; set; }
    public ResourceRequirementsV1? Resources { get; set; }
    public SecurityContextV1? SecurityContext { get; set; }
}

/// <summary>Members are the Kubernetes API's.</summary>
public sealed class EnvVarV1
{
    public string Name { get; set; } = null!;
    public string Value { get; set; } = null!;
    public EnvVarSourceV1? ValueFrom { get; set; }
}

/// <summary>Members are the Kubernetes API's.</summary>
public sealed class EnvVarSourceV1
{
    public SecretKeySelectorV1? SecretKeyRef { get; set; }
}

/// <summary>Members are the Kubernetes API's.</summary>
public sealed class SecretKeySelectorV1
{
    public string Name { get; set; } = null!;
    public string Key { get; set; } = null!;
    public bool? Optional { get; set; }
}

/// <summary>All variables of a ConfigMap or Secret.</summary>
public sealed class EnvFromSourceV1
{
    public ConfigMapEnvSourceV1? ConfigMapRef { get; set; }
    public SecretEnvSourceV1? SecretRef { get; set; }
}

/// <summary>Members are the Kubernetes API's.</summary>
public sealed class ConfigMapEnvSourceV1
{
    public string Name { get; set; } = null!;
    public bool? Optional { get; set; }
}

/// <summary>Members are the Kubernetes API's.</summary>
public sealed class SecretEnvSourceV1
{
    public string Name { get; set; } = null!;
    public bool? Optional { get; set; }
}

/// <summary>Members are the Kubernetes API's.</summary>
public sealed class ContainerPortV1
{
    public string Name { get; set; } = null!;
    public string Protocol { get; set; } = null!;
    public Int32OrStringV1? ContainerPort { get; set; }
}

/// <summary>Members are the Kubernetes API's.</summary>
public sealed class VolumeMountV1
{
    public string Name { get; set; } = null!;
    public string MountPath { get; set; } = null!;
    public string SubPath { get; set; } = null!;
    public bool? ReadOnly { get; set; }
}

/// <summary>Members are the Kubernetes API's.</summary>
public sealed class ProbeV1
{
    public HttpGetActionV1? HttpGet { get; set; }
    public int? InitialDelaySeconds { get; set; }
    public int? PeriodSeconds { get; set; }
    public int? TimeoutSeconds { get; set; }
    public int? FailureThreshold { get; set; }
    public int? SuccessThreshold { get; set; }
}

/// <summary>Members are the Kubernetes API's.</summary>
public sealed class HttpGetActionV1
{
    public string Scheme { get; set; } = null!;
    public string Host { get; set; } = null!;
    public string Path { get; set; } = null!;
    public Int32OrStringV1? Port { get; set; }
}

/// <summary>Members are the Kubernetes API's.</summary>
public sealed class ResourceRequirementsV1
{
    public Dictionary<string, string> Limits { get; } = [];
    public Dictionary<string, string> Requests { get; } = [];
}

/// <summary>Members are the Kubernetes API's.</summary>
public sealed class SecurityContextV1
{
    public bool? AllowPrivilegeEscalation { get; set; }
    public CapabilitiesV1? Capabilities { get; set; }
    public bool? Privileged { get; set; }
    public bool? ReadOnlyRootFilesystem { get; set; }
    public bool? RunAsNonRoot { get; set; }
    public long? RunAsUser { get; set; }
    public long? RunAsGroup { get; set; }
    public SeccompProfileV1? SeccompProfile { get; set; }
}

/// <summary>Members are the Kubernetes API's.</summary>
public sealed class CapabilitiesV1
{
    public List<string> Add { get; } = [];
    public List<string> Drop { get; } = [];
}
