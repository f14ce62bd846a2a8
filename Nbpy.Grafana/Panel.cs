using System.Text.Json.Nodes;

namespace Nbpy.Grafana;

/// <summary>One panel of a dashboard; <see cref="Panels"/> makes them.</summary>
/// <param name="Type">Grafana's panel type: <c>timeseries</c>, <c>stat</c>, <c>table</c>, ….</param>
/// <param name="Title">Title.</param>
/// <param name="Targets">Its questions.</param>
/// <param name="Width">Columns of 24.</param>
/// <param name="Height">Grid rows of about 30 pixels.</param>
public sealed record Panel(string Type, string Title, IReadOnlyList<Target> Targets, int Width, int Height)
{
    /// <summary>What the panel shows and how to read it.</summary>
    public string? Description { get; init; }

    /// <summary>Grafana's unit id, for example <c>percentunit</c>; null for a plain number.</summary>
    public string? Unit { get; init; }

    /// <summary>Digits after the point; null lets the page choose.</summary>
    public int? Decimals { get; init; }

    /// <summary>The scale's lower end; null follows the data.</summary>
    public double? Min { get; init; }

    /// <summary>The scale's upper end; null follows the data.</summary>
    public double? Max { get; init; }

    /// <summary>Colours by value; the first has no lower end.</summary>
    public IReadOnlyList<Threshold> Thresholds { get; init; } = [new(null, "blue")];

    /// <summary>Colours follow <see cref="Thresholds"/> rather than a palette.</summary>
    public bool ColorByThreshold { get; init; }

    /// <summary>Settings of single fields.</summary>
    public IReadOnlyList<FieldOverride> Overrides { get; init; } = [];

    /// <summary>Words for values: a range and what is said (and in which colour) instead of its numbers.</summary>
    public IReadOnlyList<(double From, double To, string Text, string Color)> Mappings { get; init; } = [];

    /// <summary>The panel type's settings of a field.</summary>
    public JsonObject Custom { get; init; } = [];

    /// <summary>The panel type's own settings.</summary>
    public JsonObject Options { get; init; } = [];

    /// <summary>What is said where there is no value; null: that there is none.</summary>
    public string? NoValue { get; init; }

    /// <summary>What is done to the answer before it is drawn.</summary>
    public JsonArray Transformations { get; init; } = [];

    /// <summary>The least bucket of <c>$__interval</c>; null for the datasource's.</summary>
    public string? Interval { get; init; }

    internal JsonObject ToJson(int id, int x, int y)
    {
        var panel = new JsonObject
        {
            ["id"] = id,
            ["type"] = Type,
            ["title"] = Title,
            ["datasource"] = DataSource.Reference(),
            ["gridPos"] = new JsonObject { ["x"] = x, ["y"] = y, ["w"] = Width, ["h"] = Height },
            ["fieldConfig"] = new JsonObject { ["defaults"] = Defaults(), ["overrides"] = new JsonArray([.. Overrides.Select(o => o.ToJson())]) },
            ["options"] = Options.DeepClone(),
            ["targets"] = new JsonArray([.. Targets.Select((t, i) => t.ToJson(i))]),
        };
        if (Description is not null)
            panel["description"] = Description;
        if (Interval is not null)
            panel["interval"] = Interval;
        if (Transformations.Count > 0)
            panel["transformations"] = Transformations.DeepClone();
        return panel;
    }

    private JsonObject Defaults()
    {
        var defaults = new JsonObject
        {
            ["color"] = new JsonObject { ["mode"] = ColorByThreshold ? "thresholds" : "palette-classic" },
            ["thresholds"] = Threshold.ToJson(Thresholds),
            ["mappings"] = new JsonArray([.. Mappings.Select((m, i) => new JsonObject
            {
                ["type"] = "range",
                ["options"] = new JsonObject
                {
                    ["from"] = m.From, ["to"] = m.To, ["result"] = new JsonObject { ["text"] = m.Text, ["color"] = m.Color, ["index"] = i },
                },
            })]),
            ["custom"] = Custom.DeepClone(),
        };
        if (Unit is not null)
            defaults["unit"] = Unit;
        if (NoValue is not null)
            defaults["noValue"] = NoValue;
        if (Decimals is not null)
            defaults["decimals"] = Decimals;
        if (Min is not null)
            defaults["min"] = Min;
        if (Max is not null)
            defaults["max"] = Max;
        return defaults;
    }
}
