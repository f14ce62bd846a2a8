namespace Nbpy.Hosting.Docker.Resources.ComposeNodes;

/// <summary>A network of the file.</summary>
public sealed class Network : NamedComposeMember
{
    public string? Driver { get; set; }
    public bool? External { get; set; }
    public bool? Internal { get; set; }
    public Dictionary<string, string> Labels { get; set; } = [];
}
