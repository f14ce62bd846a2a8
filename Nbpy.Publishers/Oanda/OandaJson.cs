using System.Globalization;
using System.Text.Json;
using Nbpy.Publishers.Decoding;

namespace Nbpy.Publishers.Oanda;

/// <summary>OANDA sends prices and units as strings, liquidity as a number or a string.</summary>
internal static class OandaJson
{
    public static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value)
            && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>An id: OANDA writes a string; digits alone are taken as well.</summary>
    public static string? IdText(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value)
            ? value.ValueKind switch { JsonValueKind.String => value.GetString(), JsonValueKind.Number => value.GetRawText(), _ => null }
            : null;

    public static decimal? Number(JsonElement element, string name)
    {
        if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out var value))
            return null;
        return value.ValueKind switch
        {
            JsonValueKind.Null => null,
            JsonValueKind.Number => value.GetDecimal(),
            JsonValueKind.String when value.ValueEquals(""u8) => null,
            JsonValueKind.String when decimal.TryParse(
                value.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => number,
            _ => throw new FormatException($"The value of {name} is not a number."),
        };
    }

    public static long Time(JsonElement element) =>
        Rfc3339.TryParse(Text(element, "time"), out var time)
            ? time : throw new FormatException("The time is missing or neither RFC 3339 nor UNIX.");
}
