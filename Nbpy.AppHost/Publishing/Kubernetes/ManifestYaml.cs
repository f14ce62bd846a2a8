using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using k8s;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Nbpy.AppHost.Publishing.Kubernetes;

/// <summary>Kubernetes' objects as text. What is a text there is quoted unless no reader of YAML takes it for anything else: to those of YAML 1.1, kubectl
/// among them, <c>0x400000</c>, <c>1e3</c>, <c>0123</c>, <c>1:30</c> and <c>on</c> are none, and Kubernetes refuses a variable whose value is a number.</summary>
internal static partial class ManifestYaml
{
    /// <summary>One document, without a marker before or after it.</summary>
    public static string Serialize(object value)
    {
        using var text = new StringWriter { NewLine = "\n" };
        new YamlStream(new YamlDocument(Node(JsonNode.Parse(KubernetesJson.Serialize(value))))).Save(text, assignAnchors: false);
        return text.ToString().Replace("\n...\n", "\n", StringComparison.Ordinal);
    }

    private static YamlNode Node(JsonNode? node) => node switch
    {
        JsonObject o => new YamlMappingNode(o.SelectMany(p => (YamlNode[])[Text(p.Key), Node(p.Value)])),
        JsonArray a => new YamlSequenceNode(a.Select(Node)),
        not null when node.GetValueKind() == JsonValueKind.String => Text(node.GetValue<string>()),
        _ => new YamlScalarNode(node?.ToJsonString() ?? "null"),
    };

    private static YamlScalarNode Text(string text) => new(text)
    {
        Style = text.Contains('\n', StringComparison.Ordinal) ? ScalarStyle.Literal : Plain().IsMatch(text) && !Word().IsMatch(text) ? ScalarStyle.Plain : ScalarStyle.DoubleQuoted,
    };

    [GeneratedRegex("^[A-Za-z/][-A-Za-z0-9_./]*$")]
    private static partial Regex Plain();

    [GeneratedRegex("^(y|n|yes|no|on|off|true|false|null)$", RegexOptions.IgnoreCase)]
    private static partial Regex Word();
}
