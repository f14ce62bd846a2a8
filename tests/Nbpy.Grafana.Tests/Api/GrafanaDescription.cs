using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Nbpy.Grafana.Tests.Api;

/// <summary>What Grafana's API takes and answers, read from a Swagger file.</summary>
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

    /// <summary>Of the part that is used, as Grafana's Go client has it (<c>grafana-client/README.md</c>), or Grafana's whole file where
    /// NBPY_GRAFANA_OPENAPI names it.</summary>
    public static GrafanaDescription Read()
    {
        var path = Environment.GetEnvironmentVariable("NBPY_GRAFANA_OPENAPI") is { Length: > 0 } named ? named : Path.Combine(AppContext.BaseDirectory, "grafana-openapi.json");
        return new(JsonNode.Parse(File.ReadAllText(path))!.AsObject());
    }

    public JsonObject Definition(string name) => definitions[name]!.AsObject();

    /// <summary>What is wrong with a request; nothing when it is as described.</summary>
    public IEnumerable<string> ProblemsOf(RecordedRequest request)
    {
        var said = $"{request.Method} {request.Path}";
        if (OperationOf(request.Method, request.Path) is not { } operation)
            return [$"{said}: Grafana has no such request"];
        var problems = new List<string>();
        problems.AddRange(request.Query.Except(QueryOf(operation)).Select(q => $"{said}: no parameter {q}"));
        var body = BodyOf(operation);
        if (body is null != request.Body is null)
            problems.Add($"{said}: {(body is null ? "has a body and should not" : "has no body")}");
        else if (body is not null)
            problems.AddRange(ProblemsOf(request.Body, body, said));
        return problems;
    }

    /// <summary>What is wrong with an answer to a request.</summary>
    public IEnumerable<string> ProblemsOfAnswer(string method, string path, JsonNode? answer)
    {
        var said = $"{method} {path}";
        return OperationOf(method, path) is { } operation && AnswerOf(operation) is { } schema ? ProblemsOf(answer, schema, said) : [$"{said}: no answer is described"];
    }

    /// <summary>What is wrong with a value; names that the schema does not know are wrong too.</summary>
    public IEnumerable<string> ProblemsOf(JsonNode? value, JsonObject schema, string at)
    {
        if (schema["$ref"] is { } reference)
        {
            // Grafana's own file describes dashboards' JSON here as it never was (panels an object): any object will do.
            return reference.ToString().EndsWith("/Dashboard", StringComparison.Ordinal)
                ? ProblemsOf(value, new JsonObject { ["type"] = "object" }, at)
                : ProblemsOf(value, Definition(reference.ToString().Split('/')[^1]), at);
        }
        var type = schema["type"]?.ToString();
        var fits = (type, value) switch
        {
            ("object", JsonObject) or ("array", JsonArray) or (null, _) => true,
            ("string", JsonValue v) => v.GetValueKind() == JsonValueKind.String,
            ("boolean", JsonValue v) => v.GetValueKind() is JsonValueKind.True or JsonValueKind.False,
            ("integer", JsonValue v) => long.TryParse(v.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture, out _),
            _ => false,
        };
        if (!fits)
            return [$"{at}: {value?.ToJsonString() ?? "null"} is no {type}"];
        return value switch
        {
            JsonArray list when schema["items"] is JsonObject items => list.SelectMany((v, i) => ProblemsOf(v, items, $"{at}[{i}]")),
            JsonObject members => Members(members, schema, at),
            JsonValue one when type == "string" => Text(one.ToString(), schema).Select(p => $"{at}: {one} {p}"),
            _ => [],
        };
    }

    private static IEnumerable<string> Text(string value, JsonObject schema)
    {
        if (schema["enum"] is JsonArray allowed && allowed.All(a => a!.ToString() != value))
            yield return $"is none of {allowed.ToJsonString()}";
        if (value.Length < (schema["minLength"]?.GetValue<int>() ?? 0) || value.Length > (schema["maxLength"]?.GetValue<int>() ?? int.MaxValue))
            yield return "is too short or too long";
        if (schema["pattern"] is { } pattern && !Regex.IsMatch(value, pattern.ToString()))
            yield return $"does not match {pattern}";
    }

    private IEnumerable<string> Members(JsonObject members, JsonObject schema, string at)
    {
        var missing = (schema["required"] as JsonArray ?? []).Where(r => !members.ContainsKey(r!.ToString())).Select(r => $"{at}: {r} is missing");
        if (schema["properties"] is not JsonObject properties)
            return schema["additionalProperties"] is JsonObject each ? missing.Concat(members.SelectMany(m => ProblemsOf(m.Value, each, $"{at}.{m.Key}"))) : missing;
        return missing.Concat(members.SelectMany(m => properties[m.Key] is JsonObject property ? ProblemsOf(m.Value, property, $"{at}.{m.Key}") : [$"{at}: no property {m.Key}"]));
    }

    private JsonObject? OperationOf(string method, string path) => PathOf(path) is { } template ? Paths[template]![method.ToLowerInvariant()]?.AsObject() : null;

    /// <summary>The template of a path: one without variables wins.</summary>
    private string? PathOf(string path) => Paths.ContainsKey(path)
        ? path
        : Paths.Select(p => p.Key).FirstOrDefault(t => Regex.IsMatch(path, "^" + Regex.Replace(Regex.Escape(t), @"\\\{\w+}", "[^/]+") + "$"));

    private static IEnumerable<string> QueryOf(JsonObject operation) => Parameters(operation, "query").Select(p => p["name"]!.ToString());

    private static JsonObject? BodyOf(JsonObject operation) => Parameters(operation, "body").FirstOrDefault()?["schema"]?.AsObject();

    private static IEnumerable<JsonObject> Parameters(JsonObject operation, string kind) =>
        (operation["parameters"] as JsonArray ?? []).Select(p => p!.AsObject()).Where(p => p["in"]!.ToString() == kind);

    // Grafana's own file names its answers; the client's have them in place.
    private JsonObject? AnswerOf(JsonObject operation)
    {
        var answer = operation["responses"]?["200"];
        return (answer?["$ref"] is { } reference ? responses[reference.ToString().Split('/')[^1]] : answer)?["schema"]?.AsObject();
    }
}
