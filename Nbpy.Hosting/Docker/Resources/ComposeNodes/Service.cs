using Nbpy.Hosting.Docker.Resources.ServiceNodes;
using Nbpy.Hosting.Docker.Resources.ServiceNodes.Swarm;

namespace Nbpy.Hosting.Docker.Resources.ComposeNodes;

/// <summary>A service of the file; members are the Compose specification's, in its spelling but for the case.</summary>
public sealed class Service : NamedComposeMember
{
    public string? Image { get; set; }
    public string? PullPolicy { get; set; }
    public string? ContainerName { get; set; }
    public List<string> Entrypoint { get; set; } = [];
    public List<string> Command { get; set; } = [];
    public string? WorkingDir { get; set; }
    public string? User { get; set; }
    public Dictionary<string, string> Environment { get; set; } = [];
    public List<string> EnvFile { get; set; } = [];
    public List<string> Expose { get; set; } = [];
    public List<string> Ports { get; set; } = [];
    public List<Volume> Volumes { get; set; } = [];
    public List<string> Tmpfs { get; set; } = [];
    public Dictionary<string, ServiceDependency> DependsOn { get; set; } = [];
    public Healthcheck? Healthcheck { get; set; }
    public string? Restart { get; set; }
    public string? StopGracePeriod { get; set; }
    public string? StopSignal { get; set; }
    public bool? Init { get; set; }
    public bool? ReadOnly { get; set; }
    public List<string> CapAdd { get; set; } = [];
    public List<string> CapDrop { get; set; } = [];
    public List<string> SecurityOpt { get; set; } = [];
    public Deploy? Deploy { get; set; }
    public Logging? Logging { get; set; }
    public Dictionary<string, string> Labels { get; set; } = [];
    public List<string> Networks { get; set; } = [];

    /// <summary>Mounts a volume.</summary>
    public Service AddVolume(Volume volume)
    {
        Volumes.Add(volume);
        return this;
    }

    /// <summary>Sets a variable.</summary>
    public Service AddEnvironmentalVariable(string key, string? value)
    {
        Environment[key] = value ?? "";
        return this;
    }
}
