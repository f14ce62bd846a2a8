using System.Text.Json;
using System.Text.Json.Nodes;

namespace Nbpy.Publishers.Twitter;

/// <summary>The rules on X's server against those that the configuration wants, and the topic that each stands for. Rules of ours carry a tag
/// that begins with <see cref="TagPrefix"/>; X need not repeat it with a post, so their ids are learnt from X's answers. Policy without I/O.</summary>
/// <param name="wanted">Rules by value, with their topics.</param>
public sealed class TwitterRules(IReadOnlyDictionary<string, string> wanted)
{
    /// <summary>Rules of ours begin their tag so that those of other programs on the same account are left alone.</summary>
    public const string TagPrefix = "nbpy:";

    private readonly Dictionary<string, string> topicById = new(StringComparer.Ordinal);
    private readonly HashSet<string> topics = new(wanted.Values, StringComparer.Ordinal);

    // Rules of other programs, as X lists them: what their tags say is theirs, whatever it is.
    private readonly HashSet<string> others = new(StringComparer.Ordinal);

    /// <summary>The topic of a rule of ours, by its id or tag; null for those of other programs on the same account. A tag that is a topic of
    /// the configuration counts as ours unless X listed its rule as somebody else's.</summary>
    public string? TopicOf(string? id, string? tag)
    {
        if (tag?.StartsWith(TagPrefix, StringComparison.Ordinal) == true)
            return tag[TagPrefix.Length..];
        if (tag is not null && topics.Contains(tag) && (id is null || !others.Contains(id)))
            return tag;
        return id is null ? null : topicById.GetValueOrDefault(id);
    }

    /// <summary>Takes the list of the rules there are.</summary>
    /// <returns>Ids of ours that nobody wants any more, and the rules that are missing: value and tag.</returns>
    public (IReadOnlyList<string> Surplus, IReadOnlyList<(string Value, string Tag)> Missing) Compare(JsonObject list)
    {
        topicById.Clear();
        others.Clear();
        var surplus = new List<string>();
        var missing = wanted.ToDictionary(r => r.Key, r => TagPrefix + r.Value, StringComparer.Ordinal);
        foreach (var (id, value, tag) in Rules(list))
        {
            var ours = tag.StartsWith(TagPrefix, StringComparison.Ordinal);
            if (!ours)
                others.Add(id);
            // X keeps a rule once: that of another program serves both.
            if (missing.TryGetValue(value, out var right) && (!ours || tag == right))
            {
                missing.Remove(value);
                topicById[id] = wanted[value];
            }
            else if (ours)
            {
                surplus.Add(id);
            }
        }

        return (surplus, [.. missing.Select(r => (r.Key, r.Value))]);
    }

    /// <summary>Takes the answer to an addition: the ids of the new rules, and of those that X says it has.</summary>
    /// <returns>The rules that X refuses.</returns>
    public IReadOnlyList<JsonObject> Added(JsonObject answer)
    {
        foreach (var (id, value, _) in Rules(answer))
            Learn(id, value);
        var refused = new List<JsonObject>();
        foreach (var error in (answer["errors"] as JsonArray ?? []).OfType<JsonObject>())
        {
            if (TextOf(error, "title") != "DuplicateRule")
                refused.Add(error);
            else if (TextOf(error, "id") is { Length: > 0 } id)
                Learn(id, TextOf(error, "value"));
        }

        return refused;
    }

    /// <summary>The JSON of an answer about rules; null when it is none.</summary>
    public static JsonObject? Parse(ReadOnlySpan<byte> body)
    {
        try
        {
            // A member that comes twice would be found out only when somebody looks, with another exception.
            return JsonNode.Parse(body, null, new JsonDocumentOptions { AllowDuplicateProperties = false }) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>A member's text; empty where there is none.</summary>
    public static string TextOf(JsonObject element, string name) => element[name] switch
    {
        JsonValue value when value.GetValueKind() is JsonValueKind.String or JsonValueKind.Number => value.ToString(),
        _ => "",
    };

    private void Learn(string id, string value)
    {
        if (wanted.TryGetValue(value, out var topic))
            topicById[id] = topic;
    }

    private static IEnumerable<(string Id, string Value, string Tag)> Rules(JsonObject answer) =>
        (answer["data"] as JsonArray ?? []).OfType<JsonObject>()
            .Select(r => (TextOf(r, "id"), TextOf(r, "value"), TextOf(r, "tag"))).Where(r => r.Item1.Length > 0);
}
