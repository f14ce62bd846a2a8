using System.Text.Json;
using Nbpy.EmbeddedInflux.InfluxQl.Syntax;

namespace Nbpy.EmbeddedInflux.Http;

/// <summary>Reads <c>params</c>: a JSON object of values, or of objects that name a type: <c>{"regex": "…"}</c>, <c>identifier</c>,
/// <c>string</c>, <c>float</c>, <c>integer</c>, <c>duration</c>.</summary>
internal static class BindParameters
{
    /// <exception cref="RequestException">400: not such an object.</exception>
    public static IReadOnlyDictionary<string, object?> Parse(string json)
    {
        var parameters = new Dictionary<string, object?>();
        if (json.Length == 0)
            return parameters;
        try
        {
            using var document = JsonDocument.Parse(json);
            foreach (var property in document.RootElement.EnumerateObject())
                parameters[property.Name] = Value(property.Value);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new RequestException(400, "error parsing query parameters: " + e.Message);
        }

        return parameters;
    }

    private static object? Value(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number when value.TryGetInt64(out var n) => n,
        JsonValueKind.Number => value.GetDouble(),
        JsonValueKind.Object => Typed(value),
        _ => null,
    };

    private static object? Typed(JsonElement value)
    {
        var properties = value.EnumerateObject().ToList();
        if (properties.Count != 1)
            throw new RequestException(400, "error parsing query: bound object parameter value must have exactly one entry");
        var (name, inner) = (properties[0].Name, properties[0].Value);
        return (name, inner.ValueKind) switch
        {
            ("ident" or "identifier", JsonValueKind.String) => new VarRef(inner.GetString()!),
            ("regex", JsonValueKind.String) => new RegexLiteral(inner.GetString()!),
            ("string", JsonValueKind.String) => inner.GetString(),
            ("float" or "number", JsonValueKind.Number) => inner.GetDouble(),
            ("int" or "integer", JsonValueKind.Number) => inner.GetInt64(),
            ("duration", JsonValueKind.Number) => new DurationLiteral(inner.GetInt64()),
            ("duration", JsonValueKind.String) when Durations.TryParse(inner.GetString()!, out var ns) => new DurationLiteral(ns),
            _ => throw new RequestException(400, $"error parsing query: unable to bind object of type {name}"),
        };
    }
}
