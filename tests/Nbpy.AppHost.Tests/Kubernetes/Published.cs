using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using YamlDotNet.RepresentationModel;

namespace Nbpy.AppHost.Tests.Kubernetes;

/// <summary>The app host's own <c>publish</c>, run as a user runs it, into a folder of its own.</summary>
public sealed class Published : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    public string Folder { get; } = Directory.CreateTempSubdirectory("nbpy-kubernetes-").FullName;

    /// <summary>Publishes into <paramref name="target"/> of the folder.</summary>
    /// <param name="target">kubernetes or compose; the folder's name within.</param>
    /// <param name="change">Changes the configuration that lies in the project.</param>
    /// <param name="args">Further arguments.</param>
    public async Task<string> PublishAsync(string target, Action<JsonNode>? change = null, params string[] args)
    {
        var (code, text) = await TryPublishAsync(target, change, args);
        Assert.True(code == 0, text);
        return Path.Combine(Folder, target);
    }

    /// <summary>The same, whatever comes of it: exit code and output.</summary>
    public async Task<(int ExitCode, string Output)> TryPublishAsync(string target, Action<JsonNode>? change = null, params string[] args)
    {
        var config = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Shell.Root, "integration_config.json"), TestContext.Current.CancellationToken))!;
        change?.Invoke(config);
        var path = Path.Combine(Folder, "integration_config.json");
        await File.WriteAllTextAsync(path, config.ToJsonString(), TestContext.Current.CancellationToken);
        return await Shell.RunAsync(Folder, Limit, Program("Nbpy.AppHost", "Nbpy.AppHost"), ["publish", "--target", target, "--config", path, "-o", Path.Combine(Folder, target), .. args]);
    }

    /// <summary>Every object of a folder's manifests, read strictly: a member that Kubernetes does not know is an error.</summary>
    public static List<IKubernetesObject<V1ObjectMeta>> Load(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*.yaml").Where(f => Path.GetFileName(f) != "kustomization.yaml").Order(StringComparer.Ordinal)
            .SelectMany(f => KubernetesYaml.LoadAllFromString(File.ReadAllText(f), strict: true)).Cast<IKubernetesObject<V1ObjectMeta>>()];

    /// <summary>The pods' template of a workload; null of anything else.</summary>
    public static V1PodTemplateSpec? Template(object o) => o switch
    {
        V1StatefulSet s => s.Spec.Template,
        V1Deployment d => d.Spec.Template,
        V1Job j => j.Spec.Template,
        _ => null,
    };

    /// <summary>The services of a published Compose file, by name.</summary>
    public static Dictionary<string, YamlMappingNode> Services(string folder)
    {
        var yaml = new YamlStream();
        using var reader = new StreamReader(Path.Combine(folder, "docker-compose.yaml"));
        yaml.Load(reader);
        return ((YamlMappingNode)yaml.Documents[0].RootNode["services"]).Children.ToDictionary(s => s.Key.ToString(), s => (YamlMappingNode)s.Value);
    }

    /// <summary>A service's variables, as Compose spells them.</summary>
    public static Dictionary<string, string> Variables(YamlMappingNode service) =>
        ((YamlMappingNode)service["environment"]).Children.ToDictionary(v => v.Key.ToString(), v => v.Value.ToString());

    /// <summary>A program of this build.</summary>
    public static string Program(string project, string name)
    {
        var configuration = AppContext.BaseDirectory.Contains("/Release/", StringComparison.Ordinal) ? "Release" : "Debug";
        return Path.Combine(Shell.Root, project, "bin", configuration, "net10.0", name);
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
