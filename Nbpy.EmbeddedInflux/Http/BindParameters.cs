using System.Text;
using System.Text.Json;
using Nbpy.EmbeddedInflux.InfluxQl.Syntax;

namespace Nbpy.EmbeddedInflux.Http;

/// <summary>Reads <c>params</c>: a JSON object of values, or of objects that name a type: <c>{"regex": "…"}</c>, <c>identifier</c>,
/// <c>string</c>, <c>float</c>, <c>integer</c>, <c>duration</c>.</summary>
internal static class BindParameters
{
    private const string Malformed = "error parsing query parameters: ";

    /// <exception cref="RequestException">400: not such an object, or a number that Go reads as none.</exception>
    public static IReadOnlyDictionary<string, object?> Parse(string json)
    {
        var parameters = new Dictionary<string, object?>();
        if (json.Length == 0)
            return parameters;
        try
        {
            // As Go's decoder: the first value counts, whatever comes after it.
            var bytes = Encoding.UTF8.GetBytes(json);
            using var document = JsonDocument.Parse(bytes.AsMemory(0, GoJsonScanner.FirstValue(bytes)), new JsonDocumentOptions { MaxDepth = int.MaxValue });
            if (document.RootElement.ValueKind is not (JsonValueKind.Object or JsonValueKind.Null))
                throw new RequestException(400, $"{Malformed}json: cannot unmarshal {GoName(document.RootElement)} into Go value of type map[string]interface {{}}");
            if (document.RootElement.ValueKind == JsonValueKind.Null)
                return parameters;
            foreach (var property in document.RootElement.EnumerateObject())
                parameters[property.Name] = property.Value.ValueKind == JsonValueKind.Object ? Typed(property.Value) : Plain(property.Value);
        }
        catch (FormatException e)
        {
            throw new RequestException(400, Malformed + e.Message);
        }

        return parameters;
    }

    private static BoundValue Plain(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => Number(value, out var error) is { } number ? BoundValue.Of(number) : throw new RequestException(400, "error parsing json value: " + error),
        JsonValueKind.String => BoundValue.Of(value.GetString()),
        JsonValueKind.True or JsonValueKind.False => BoundValue.Of(value.GetBoolean()),
        JsonValueKind.Array => BoundValue.Wrong("unable to bind parameter with type []interface {}"),
        _ => BoundValue.Of(null),
    };

    private static BoundValue Typed(JsonElement value)
    {
        var properties = value.EnumerateObject().ToList();
        if (properties.Count != 1)
            return BoundValue.Wrong("bound object parameter value must have exactly one entry");
        var (type, inner) = (properties[0].Name, properties[0].Value);
        string? error = null;
        var text = inner.ValueKind == JsonValueKind.String ? inner.GetString() : null;
        var number = inner.ValueKind == JsonValueKind.Number ? Number(inner, out error) : null;
        if (error is not null)
            return BoundValue.Wrong(error);
        return type switch
        {
            "ident" or "identifier" => text is null ? BoundValue.Wrong("identifier must be a string value") : new BoundValue(TokenKind.Identifier, text),
            "regex" => text is null ? BoundValue.Wrong("regex literal must be a string value") : new BoundValue(TokenKind.Regex, text),
            "string" => text is null ? BoundValue.Wrong("string literal must be a string value") : BoundValue.Of(text),
            "float" or "number" => number is null ? BoundValue.Wrong("number literal must be a float value") : BoundValue.Of(Convert.ToDouble(number, System.Globalization.CultureInfo.InvariantCulture)),
            "int" or "integer" => number is long ? BoundValue.Of(number) : BoundValue.Wrong("integer literal must be an integer value"),
            "duration" when text is not null => new BoundValue(TokenKind.Duration, text),
            "duration" when number is long nanoseconds => new BoundValue(TokenKind.Duration, Durations.Ql(nanoseconds)),
            "duration" => BoundValue.Wrong("duration literal must be a string or integer value"),
            _ => BoundValue.Wrong("unknown bind object type: " + type),
        };
    }

    // A number with a point is a float, any other a whole one.
    private static object? Number(JsonElement value, out string? error)
    {
        var text = value.GetRawText();
        error = null;
        if (text.Contains('.', StringComparison.Ordinal))
            return value.GetDouble();
        if (value.TryGetInt64(out var whole) && text.All(c => char.IsAsciiDigit(c) || c == '-'))
            return whole;
        error = $"strconv.ParseInt: parsing \"{text}\": {(text.All(c => char.IsAsciiDigit(c) || c == '-') ? "value out of range" : "invalid syntax")}";
        return null;
    }

    private static string GoName(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.Number => "number",
        _ => "bool",
    };
}
