using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Nbpy.Grafana;

/// <summary>Writes JSON as block-style YAML 1.2; texts stay in JSON's double quotes, which YAML reads the same.</summary>
internal static class Yaml
{
    private static readonly JsonSerializerOptions Plain = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(JsonNode node)
    {
        var text = new StringBuilder();
        Add(text, node, 0, inList: false);
        return text.ToString();
    }

    private static void Add(StringBuilder text, JsonNode? node, int depth, bool inList)
    {
        switch (node)
        {
            case JsonObject { Count: > 0 } map:
                foreach (var (key, value) in map)
                {
                    // The first key of a list's entry stands behind its dash.
                    if (!inList)
                        text.Append(' ', depth * 2);
                    inList = false;
                    text.Append(key).Append(':');
                    Value(text, value, depth + 1);
                }
                break;
            case JsonArray { Count: > 0 } list:
                foreach (var item in list)
                {
                    text.Append(' ', depth * 2).Append("- ");
                    if (item is JsonObject { Count: > 0 })
                        Add(text, item, depth + 1, inList: true);
                    else
                        text.Append(item?.ToJsonString(Plain) ?? "null").Append('\n');
                }
                break;
            default:
                text.Append(node?.ToJsonString(Plain) ?? "null").Append('\n');
                break;
        }
    }

    private static void Value(StringBuilder text, JsonNode? value, int depth)
    {
        var nested = value is JsonObject { Count: > 0 } or JsonArray { Count: > 0 };
        text.Append(nested ? '\n' : ' ');
        Add(text, value, depth, inList: false);
    }
}
