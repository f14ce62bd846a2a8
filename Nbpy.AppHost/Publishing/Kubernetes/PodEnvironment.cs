using System.Text;
using System.Text.RegularExpressions;
using k8s.Models;

namespace Nbpy.AppHost.Publishing.Kubernetes;

/// <summary>A Compose service's variables as a container's: what Compose takes from <c>.env</c> comes from a Secret.</summary>
internal static partial class PodEnvironment
{
    /// <summary>The variables, sorted by name, secrets first: a value may refer to one (<c>$(NAME)</c>) only after it.</summary>
    /// <param name="variables">Names and values in Compose's spelling: <c>${NAME}</c>, <c>${NAME:?reason}</c>, <c>${NAME:-default}</c>, <c>$$</c>.</param>
    public static List<V1EnvVar> Translate(IEnumerable<KeyValuePair<string, string>> variables)
    {
        var secrets = new SortedDictionary<string, V1EnvVar>(StringComparer.Ordinal);
        var values = new List<V1EnvVar>();
        foreach (var (name, value) in variables.OrderBy(v => v.Key, StringComparer.Ordinal))
        {
            var whole = Placeholder().Match(value);
            if (whole.Success && whole.Length == value.Length)
                secrets[name] = FromSecret(name, whole);
            else
                values.Add(new V1EnvVar { Name = name, Value = Text(value, secrets) });
        }

        return [.. secrets.Values, .. values];
    }

    /// <summary>The names of the Secret's keys in a value.</summary>
    public static IEnumerable<(string Name, bool IsOptional)> SecretsIn(string value) =>
        Placeholder().Matches(value).Where(m => m.Groups["name"].Success).Select(m => (m.Groups["name"].Value, m.Groups["default"].Success));

    /// <summary>A value with the defaults of its placeholders filled in: for what is no secret, as the name of an image.</summary>
    public static string WithDefaults(string value) =>
        Placeholder().Replace(value, m => m.Groups["name"].Success ? m.Groups["default"].Value : "$");

    private static V1EnvVar FromSecret(string name, Match placeholder) => new()
    {
        Name = name,
        ValueFrom = new V1EnvVarSource
        {
            SecretKeyRef = new V1SecretKeySelector
            {
                Name = KubernetesNames.Secrets,
                Key = placeholder.Groups["name"].Value,
                Optional = placeholder.Groups["default"].Success ? true : null,
            },
        },
    };

    /// <summary>A value with secrets within: each becomes a variable of its own that the value refers to.</summary>
    private static string Text(string value, SortedDictionary<string, V1EnvVar> secrets)
    {
        var text = new StringBuilder();
        var at = 0;
        foreach (Match match in Placeholder().Matches(value))
        {
            text.Append(Escaped(value[at..match.Index]));
            at = match.Index + match.Length;
            if (!match.Groups["name"].Success)
            {
                text.Append("$$");
                continue;
            }

            var name = match.Groups["name"].Value;
            secrets.TryAdd(name, FromSecret(name, match));
            text.Append("$(").Append(name).Append(')');
        }

        return text.Append(Escaped(value[at..])).ToString();
    }

    // Kubernetes would take $(NAME) for a reference.
    private static string Escaped(string text) => text.Replace("$(", "$$(", StringComparison.Ordinal);

    [GeneratedRegex(@"\$\$|\$\{(?<name>[A-Za-z_][A-Za-z0-9_]*)(:\?[^}]*|:-(?<default>[^}]*))?\}")]
    private static partial Regex Placeholder();
}
