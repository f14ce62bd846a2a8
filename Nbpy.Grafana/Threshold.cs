using System.Text.Json.Nodes;

namespace Nbpy.Grafana;

/// <summary>From this value on, a field has this colour.</summary>
/// <param name="From">In the panel's unit; null for everything below the first.</param>
/// <param name="Color">A name of Grafana's palette, for example <c>red</c>.</param>
public sealed record Threshold(double? From, string Color)
{
    internal static JsonObject ToJson(IReadOnlyList<Threshold> steps) => new()
    {
        ["mode"] = "absolute",
        ["steps"] = new JsonArray([.. steps.Select(s => new JsonObject { ["color"] = s.Color, ["value"] = s.From })]),
    };
}
