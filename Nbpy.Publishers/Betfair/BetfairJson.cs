using System.Globalization;
using System.Text.Json;

namespace Nbpy.Publishers.Betfair;

/// <summary>Members of Betfair's JSON as they come from the stream and from tools that have written it anew: a number may be spelt with a
/// fraction or an exponent or stand in a text, an id may be a number, and null is as good as missing.</summary>
internal static class BetfairJson
{
    /// <summary>A text, or a number as it is spelt; null for everything else.</summary>
    public static string? Text(JsonElement element, string name) => Member(element, name) switch
    {
        { ValueKind: JsonValueKind.String } value => value.GetString(),
        { ValueKind: JsonValueKind.Number } value => value.GetRawText(),
        _ => null,
    };

    /// <summary>A whole number in any spelling (<c>1.471370160471E12</c>, <c>503.0</c>); null for everything else.</summary>
    public static long? Integer(JsonElement element, string name)
    {
        var value = Member(element, name);
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number))
            return number;
        return Number(value) is { } digits && decimal.IsInteger(digits) && digits is >= long.MinValue and <= long.MaxValue ? (long)digits : null;
    }

    /// <summary>The same, where it lies within bounds.</summary>
    public static int? Integer(JsonElement element, string name, int least, int most) =>
        Integer(element, name) is { } value && value >= least && value <= most ? (int)value : null;

    /// <summary>A number; null for what is none or does not fit. Some feeds write <c>"NaN"</c> and <c>"Infinity"</c> as texts.</summary>
    public static decimal? Number(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number when value.TryGetDecimal(out var number) => number,
        JsonValueKind.String when decimal.TryParse(value.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => number,
        _ => null,
    };

    /// <summary>True for a member that is <c>true</c>.</summary>
    public static bool Flag(JsonElement element, string name) => Member(element, name).ValueKind == JsonValueKind.True;

    /// <summary>The entries of a list, those that are null left out; none where there is no list.</summary>
    public static IEnumerable<JsonElement> Items(JsonElement element, string name) =>
        Member(element, name) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray().Where(i => i.ValueKind != JsonValueKind.Null) : [];

    /// <summary>A member; of kind Undefined where there is none.</summary>
    public static JsonElement Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : default;
}
