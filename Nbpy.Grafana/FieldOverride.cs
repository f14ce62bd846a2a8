using System.Text.Json.Nodes;

namespace Nbpy.Grafana;

/// <summary>Settings of the fields of one name, over the panel's own.</summary>
/// <param name="Field">The field's name as displayed; a regular expression between slashes matches several.</param>
/// <param name="Properties">Grafana's property ids and values, for example <c>unit</c>, <c>color</c>, <c>custom.axisPlacement</c>.</param>
public sealed record FieldOverride(string Field, params (string Id, JsonNode Value)[] Properties)
{
    /// <summary>A fixed colour.</summary>
    public static (string Id, JsonNode Value) Color(string color) => ("color", new JsonObject { ["mode"] = "fixed", ["fixedColor"] = color });

    /// <summary>In a table: a bar as long as the number is large, beside the number.</summary>
    public static (string Id, JsonNode Value) Bar => ("custom.cellOptions", new JsonObject { ["type"] = "gauge", ["mode"] = "basic", ["valueDisplayMode"] = "text" });

    /// <summary>In a table: the number in the field's colour.</summary>
    public static (string Id, JsonNode Value) Coloured => ("custom.cellOptions", new JsonObject { ["type"] = "color-text" });

    internal JsonObject ToJson() => new()
    {
        ["matcher"] = new JsonObject { ["id"] = Field.StartsWith('/') ? "byRegexp" : "byName", ["options"] = Field },
        ["properties"] = new JsonArray([.. Properties.Select(p => new JsonObject { ["id"] = p.Id, ["value"] = p.Value.DeepClone() })]),
    };
}
