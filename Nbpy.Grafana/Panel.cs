using System.Text.Json.Nodes;

namespace Nbpy.Grafana;

/// <summary>One panel of a dashboard.</summary>
/// <param name="Type">Grafana's panel type: <c>timeseries</c>, <c>stat</c>, <c>table</c>.</param>
/// <param name="Title">Title.</param>
/// <param name="Query">InfluxQL with Grafana's variables.</param>
/// <param name="Width">Columns of 24.</param>
/// <param name="Height">Grid rows.</param>
public sealed record Panel(string Type, string Title, string Query, int Width, int Height)
{
    /// <summary>Grafana's unit id, for example <c>percentunit</c>; null for a plain number.</summary>
    public string? Unit { get; init; }

    /// <summary>How a time series is drawn: <c>line</c>, <c>bars</c> or <c>points</c>.</summary>
    public string DrawStyle { get; init; } = "line";

    internal JsonObject ToJson(int id, int x, int y)
    {
        var defaults = new JsonObject();
        if (Unit is not null)
            defaults["unit"] = Unit;
        if (Type == "timeseries")
        {
            defaults["custom"] = new JsonObject
            {
                ["drawStyle"] = DrawStyle,
                ["lineWidth"] = 1,
                ["fillOpacity"] = DrawStyle == "bars" ? 60 : 0,
                ["pointSize"] = 4,
                ["showPoints"] = DrawStyle == "points" ? "always" : "never",
                ["spanNulls"] = true,
            };
        }
        return new JsonObject
        {
            ["id"] = id,
            ["type"] = Type,
            ["title"] = Title,
            ["datasource"] = DataSource.Reference(),
            ["gridPos"] = new JsonObject { ["x"] = x, ["y"] = y, ["w"] = Width, ["h"] = Height },
            ["fieldConfig"] = new JsonObject { ["defaults"] = defaults, ["overrides"] = new JsonArray() },
            ["options"] = Options(),
            ["targets"] = new JsonArray(new JsonObject
            {
                ["refId"] = "A",
                ["datasource"] = DataSource.Reference(),
                ["rawQuery"] = true,
                ["query"] = Query,
                ["resultFormat"] = Type == "table" ? "table" : "time_series",
                ["alias"] = "$col",
            }),
        };
    }

    private JsonObject Options() => Type switch
    {
        "timeseries" => new JsonObject
        {
            ["legend"] = new JsonObject { ["displayMode"] = "list", ["placement"] = "bottom", ["showLegend"] = true },
            ["tooltip"] = new JsonObject { ["mode"] = "multi", ["sort"] = "none" },
        },
        "stat" => new JsonObject
        {
            ["colorMode"] = "value",
            ["graphMode"] = "area",
            ["reduceOptions"] = new JsonObject { ["calcs"] = new JsonArray("lastNotNull"), ["fields"] = "", ["values"] = false },
        },
        _ => [],
    };
}
