using Nbpy.Hosting.Docker.Resources.ComposeNodes;

namespace Nbpy.Hosting.Docker.Resources.ServiceNodes;

/// <summary>A mount of a service, or a volume of the file.</summary>
public sealed class Volume : NamedComposeMember
{
    /// <summary><c>volume</c> or <c>bind</c>; of a service's mount.</summary>
    public string? Type { get; set; }
    public string? Source { get; set; }
    public string? Target { get; set; }
    public bool? ReadOnly { get; set; }
    public string? Driver { get; set; }
    public bool? External { get; set; }
    public Dictionary<string, string> DriverOpts { get; set; } = [];
    public Dictionary<string, string> Labels { get; set; } = [];
}
