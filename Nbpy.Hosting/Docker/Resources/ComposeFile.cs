using Nbpy.Hosting.Docker.Resources.ComposeNodes;
using Nbpy.Hosting.Docker.Resources.ServiceNodes;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Nbpy.Hosting.Docker.Resources;

/// <summary>A Compose file (https://github.com/compose-spec/compose-spec).</summary>
public sealed class ComposeFile
{
    /// <summary>The project's name; null: its folder's.</summary>
    public string? Name { get; set; }

    /// <summary>The file format's version, for Compose v1; newer ones ignore it.</summary>
    public string? Version { get; set; }

    public Dictionary<string, Service> Services { get; set; } = [];
    public Dictionary<string, Network> Networks { get; set; } = [];
    public Dictionary<string, Volume> Volumes { get; set; } = [];

    /// <summary>Adds a service under its name.</summary>
    public ComposeFile AddService(Service service)
    {
        Services[service.Name] = service;
        return this;
    }

    /// <summary>Adds a network under its name.</summary>
    public ComposeFile AddNetwork(Network network)
    {
        Networks[network.Name] = network;
        return this;
    }

    /// <summary>Adds a volume under its name.</summary>
    public ComposeFile AddVolume(Volume volume)
    {
        Volumes[volume.Name] = volume;
        return this;
    }

    /// <summary>The file's text.</summary>
    public string ToYaml(string lineEndings = "\n") => new SerializerBuilder()
        .WithNamingConvention(UnderscoredNamingConvention.Instance)
        .ConfigureDefaultValuesHandling(DefaultValuesHandling.OmitNull | DefaultValuesHandling.OmitEmptyCollections)
        .WithQuotingNecessaryStrings(quoteYaml1_1Strings: true)
        .DisableAliases()
        .WithNewLine(lineEndings)
        .WithIndentedSequences()
        .Build().Serialize(this);
}
