using YamlDotNet.Serialization;

namespace Nbpy.Hosting.Docker.Resources.ComposeNodes;

/// <summary>What a Compose file keeps under a name.</summary>
public abstract class NamedComposeMember
{
    /// <summary>The name: the key in the file, not written again.</summary>
    [YamlIgnore]
    public required string Name { get; set; }
}
