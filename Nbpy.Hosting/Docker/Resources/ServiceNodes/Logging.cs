namespace Nbpy.Hosting.Docker.Resources.ServiceNodes;

/// <summary>Where the engine keeps a container's lines.</summary>
public sealed class Logging
{
    public string? Driver { get; set; }
    public Dictionary<string, string> Options { get; set; } = [];
}
