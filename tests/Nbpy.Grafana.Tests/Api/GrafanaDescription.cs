using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Nbpy.Grafana.Tests.Api;

/// <summary>What Grafana's API takes and answers: read from this project's own short description or from Grafana's Swagger file.</summary>
internal sealed class GrafanaDescription
{
    private readonly JsonObject definitions;
    private readonly JsonObject responses;

    private GrafanaDescription(JsonObject root)
    {
        Paths = root["paths"]!.AsObject();
        definitions = root["definitions"]!.AsObject();
        responses = root["responses"] as JsonObject ?? [];
    }

    public JsonObject Paths { get; }

    /// <summary>This project's own.</summary>
    public static GrafanaDescription Own() => Read(Path.Combine(AppContext.BaseDirectory, "grafana-api.json"));

    public static GrafanaDescription Read(string path) => new(JsonNode.Parse(File.ReadAllText(path))!.AsObject());

    public JsonObject? Definition(string name) => definitions[name] as JsonObject;

    /// <summary>What is wrong with a request; nothing when it is as described.</summary>
    public IEnumerable<string> ProblemsOf(RecordedRequest request)
    {
        var said = $"{request.Method} {request.Path}";
        if (PathOf(request.Path) is not { } path || Paths[path]![request.Method.ToLowerInvariant()] is not JsonObject operation)
            return [$"{said}: Grafana has no such request"];
        var problems = new List<string>();
        problems.AddRange(request.Query.Where(q => !QueryOf(operation).Contains(q)).Select(q => $"{said}: no parameter {q}"));
        var body = BodyOf(operation);
        if (body is null != request.Body is null)
            problems.Add($"{said}: {(body is null ? "has a body and should not" : "has no body")}");
        else if (body is not null)
            problems.AddRange(ProblemsOf(request.Body, body, said));
        return problems;
    }

    /// <summary>What is wrong with an answer to a request.</summary>
    public IEnumerable<string> ProblemsOfAnswer(string method, string path, JsonNode? answer) =>
        PathOf(path) is { } template && AnswerOf(Paths[template]![method]!.AsObject()) is { } schema ? ProblemsOf(answer, schema, $"{method} {path}") : [$"{method} {path}: no answer is described"];

    /// <summary>What is wrong with a value; names that the schema does not know are wrong too.</summary>
    public IEnumerable<string> ProblemsOf(JsonNode? value, JsonObject schema, string at)
    {
        if (schema["$ref"] is { } reference)
        {
            schema = definitions[reference.ToString().Split('/')[^1]]!.AsObject();

            // Grafana describes its dashboards' JSON here as it never was (panels an object): any object will do.
            if (reference.ToString().EndsWith("/Dashboard", StringComparison.Ordinal))
                schema = new JsonObject { ["type"] = "object" };
        }
        var type = schema["type"]?.ToString();
        var fits = (type, value) switch
        {
            ("object", JsonObject) or ("array", JsonArray) or (null, _) => true,
            ("string" or "duration", JsonValue v) => v.GetValueKind() == JsonValueKind.String,
            ("boolean", JsonValue v) => v.GetValueKind() is JsonValueKind.True or JsonValueKind.False,
            ("integer", JsonValue v) => long.TryParse(v.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture, out _),
            _ => false,
        };
        if (!fits)
            return [$"{at}: {value?.ToJsonString() ?? "null"} is no {type}"];
        if (schema["enum"] is JsonArray allowed && allowed.All(a => a!.ToString() != value!.ToString()))
            return [$"{at}: {value} is none of {allowed.ToJsonString()}"];
        return value switch
        {
            JsonArray list when schema["items"] is JsonObject items => list.SelectMany((v, i) => ProblemsOf(v, items, $"{at}[{i}]")),
            JsonObject members => Members(members, schema, at),
            _ => [],
        };
    }

    private IEnumerable<string> Members(JsonObject members, JsonObject schema, string at)
    {
        var missing = (schema["required"] as JsonArray ?? []).Where(r => !members.ContainsKey(r!.ToString())).Select(r => $"{at}: {r} is missing");
        if (schema["properties"] is not JsonObject properties)
            return schema["additionalProperties"] is JsonObject each ? missing.Concat(members.SelectMany(m => ProblemsOf(m.Value, each, $"{at}.{m.Key}"))) : missing;
        return missing.Concat(members.SelectMany(m => properties[m.Key] is JsonObject property ? ProblemsOf(m.Value, property, $"{at}.{m.Key}") : [$"{at}: no property {m.Key}"]));
    }

    /// <summary>The template of a path: one without variables wins.</summary>
    private string? PathOf(string path) => Paths.ContainsKey(path)
        ? path
        : Paths.Select(p => p.Key).FirstOrDefault(t => Regex.IsMatch(path, "^" + Regex.Replace(Regex.Escape(t), @"\\\{\w+}", "[^/]+") + "$"));

    public static IReadOnlyList<string> QueryOf(JsonObject operation) => operation["query"] is JsonArray own
        ? [.. own.Select(q => q!.ToString())]
        : [.. Parameters(operation).Where(p => p["in"]!.ToString() == "query").Select(p => p["name"]!.ToString())];

    public JsonObject? BodyOf(JsonObject operation) => operation["body"] is { } own
        ? definitions[own.ToString()]!.AsObject()
        : Parameters(operation).FirstOrDefault(p => p["in"]!.ToString() == "body")?["schema"]?.AsObject();

    private JsonObject? AnswerOf(JsonObject operation) => operation["answer"] as JsonObject
        ?? (operation["responses"]?["200"]?["$ref"] is { } reference ? responses[reference.ToString().Split('/')[^1]]?["schema"]?.AsObject() : null);

    private static IEnumerable<JsonObject> Parameters(JsonObject operation) => (operation["parameters"] as JsonArray ?? []).Select(p => p!.AsObject());
}
