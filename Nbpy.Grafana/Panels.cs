using System.Text.Json.Nodes;

namespace Nbpy.Grafana;

/// <summary>Makes panels with the settings that this project's dashboards share.</summary>
public static class Panels
{
    /// <summary>Lines over time.</summary>
    public static Panel Lines(string title, int width, int height, params Target[] targets) => new("timeseries", title, targets, width, height)
    {
        Custom = Drawing("line", fill: 0),
        Options = WithLegend("multi"),
    };

    /// <summary>Lines over time, filled and piled up.</summary>
    public static Panel Stacked(string title, int width, int height, bool percent, params Target[] targets)
    {
        var custom = Drawing("line", fill: 55);
        custom["stacking"] = new JsonObject { ["mode"] = percent ? "percent" : "normal", ["group"] = "A" };
        return Lines(title, width, height, targets) with { Custom = custom };
    }

    /// <summary>Bars over time; several series are piled up.</summary>
    public static Panel Bars(string title, int width, int height, params Target[] targets)
    {
        var custom = Drawing("bars", fill: 75);
        custom["stacking"] = new JsonObject { ["mode"] = "normal", ["group"] = "A" };
        custom["lineWidth"] = 0;
        return Lines(title, width, height, targets) with { Custom = custom, Min = 0 };
    }

    /// <summary>Bars over time, each piled up to the whole.</summary>
    public static Panel Shares(string title, int width, int height, params Target[] targets)
    {
        var bars = Bars(title, width, height, targets);
        bars.Custom["stacking"] = new JsonObject { ["mode"] = "percent", ["group"] = "A" };
        return bars;
    }

    /// <summary>Points over time.</summary>
    public static Panel Points(string title, int width, int height, params Target[] targets) =>
        Lines(title, width, height, targets) with { Custom = Drawing("points", fill: 0) };

    /// <summary>One large number, over a small line of its course where it has one.</summary>
    /// <param name="title">Title.</param>
    /// <param name="query">InfluxQL.</param>
    /// <param name="calc">Which number of the course: <c>lastNotNull</c>, <c>sum</c>, <c>diffperc</c>, ….</param>
    /// <param name="width">Columns of 24.</param>
    public static Panel Stat(string title, string query, string calc = "lastNotNull", int width = 4) => new("stat", title, [new Target(query)], width, 4)
    {
        ColorByThreshold = true,
        Options = new JsonObject
        {
            ["colorMode"] = "value",
            ["graphMode"] = "area",
            ["justifyMode"] = "auto",
            ["orientation"] = "auto",
            ["textMode"] = "auto",
            ["wideLayout"] = true,
            ["reduceOptions"] = Reduce(calc),
        },
    };

    /// <summary>The newest value of a field whose type nobody declared: a number with its course, or a text.</summary>
    public static Panel StatOfAny(string title, string query, string field, int width)
    {
        var stat = Stat(title, query, width: width);
        stat.Options["reduceOptions"]!["fields"] = "/^" + System.Text.RegularExpressions.Regex.Escape(field) + "$/";
        return stat;
    }

    /// <summary>A number on an arc between <see cref="Panel.Min"/> and <see cref="Panel.Max"/>.</summary>
    public static Panel Gauge(string title, string query, int width, int height) => new("gauge", title, [new Target(query)], width, height)
    {
        ColorByThreshold = true,
        Options = new JsonObject
        {
            ["orientation"] = "auto", ["showThresholdLabels"] = false, ["showThresholdMarkers"] = true, ["sizing"] = "auto", ["reduceOptions"] = Reduce("lastNotNull"),
        },
    };

    /// <summary>Rows and columns.</summary>
    public static Panel Table(string title, string query, int width, int height) => new("table", title, [new Target(query) { Table = true }], width, height)
    {
        Custom = new JsonObject { ["align"] = "auto", ["cellOptions"] = new JsonObject { ["type"] = "auto" }, ["inspect"] = false },
        Options = new JsonObject { ["cellHeight"] = "sm", ["showHeader"] = true },
    };

    /// <summary>A bar per value of a tag, now.</summary>
    public static Panel BarChart(string title, string query, string category, bool horizontal, int width, int height) =>
        new("barchart", title, [new Target(query) { Table = true }], width, height)
        {
            Custom = new JsonObject { ["fillOpacity"] = 75, ["lineWidth"] = 0, ["axisBorderShow"] = false, ["axisPlacement"] = "auto" },
            Options = new JsonObject
            {
                ["xField"] = category,
                ["orientation"] = horizontal ? "horizontal" : "vertical",
                ["stacking"] = "none",
                ["showValue"] = "auto",
                ["barWidth"] = 0.8,
                ["groupWidth"] = 0.75,
                ["xTickLabelRotation"] = 0,
                ["legend"] = Legend(),
                ["tooltip"] = new JsonObject { ["mode"] = "multi", ["sort"] = "none" },
            },
            Transformations = [Transformation("organize", new JsonObject { ["excludeByName"] = new JsonObject { ["Time"] = true } })],
        };

    /// <summary>Open, high, low and close, from columns of these names; a column <c>volume</c> is drawn below.</summary>
    public static Panel Candles(string title, string query, bool volume, int width, int height) =>
        new("candlestick", title, [new Target(query) { Table = true }], width, height)
        {
            Custom = new JsonObject { ["axisPlacement"] = "auto", ["lineWidth"] = 1, ["fillOpacity"] = 0 },
            Options = new JsonObject
            {
                ["mode"] = volume ? "candles+volume" : "candles",
                ["candleStyle"] = "candles",
                ["colorStrategy"] = "open-close",
                ["colors"] = new JsonObject { ["up"] = "green", ["down"] = "red" },
                ["fields"] = new JsonObject(),
                ["includeAllFields"] = false,
                ["legend"] = Legend(),
            },
        };

    /// <summary>Colour by value: time across, a row per series (in the order of the targets) or, calculated, per range of values.</summary>
    public static Panel Heatmap(string title, string scheme, bool calculate, bool reverse, int width, int height, params Target[] targets) =>
        new("heatmap", title, targets, width, height)
        {
            Options = new JsonObject
            {
                ["calculate"] = calculate,
                ["calculation"] = calculate ? new JsonObject { ["yBuckets"] = new JsonObject { ["mode"] = "size", ["value"] = "0.2" } } : new JsonObject(),
                ["color"] = new JsonObject
                {
                    ["mode"] = "scheme", ["scheme"] = scheme, ["steps"] = 64, ["exponent"] = 0.5, ["fill"] = "dark-orange", ["reverse"] = false, ["scale"] = "exponential",
                },
                ["cellGap"] = 1,
                ["exemplars"] = new JsonObject { ["color"] = "rgba(255,0,255,0.7)" },
                ["filterValues"] = new JsonObject { ["le"] = 1e-9 },
                ["rowsFrame"] = new JsonObject { ["layout"] = "auto" },
                ["legend"] = new JsonObject { ["show"] = true },
                ["tooltip"] = new JsonObject { ["mode"] = "single", ["showColorScale"] = false, ["yHistogram"] = false },
                ["yAxis"] = new JsonObject { ["axisPlacement"] = "left", ["reverse"] = reverse },
            },
        };

    /// <summary>An order book over time: a square for each level, its price upwards, the stronger coloured the more rests there. The targets are
    /// tables: of the first the columns Time, <c>bid</c> and <c>bid size</c>, of the second Time, <c>ask</c> and <c>ask size</c>.</summary>
    public static Panel Book(string title, int width, int height, Target bids, Target asks) => new("xychart", title, [bids, asks], width, height)
    {
        Custom = new JsonObject
        {
            ["show"] = "points", ["pointShape"] = "square", ["pointSize"] = new JsonObject { ["fixed"] = 7 }, ["pointStrokeWidth"] = 0, ["fillOpacity"] = 85, ["axisPlacement"] = "auto", ["axisBorderShow"] = false,
        },
        Options = new JsonObject
        {
            ["mapping"] = "manual",
            ["series"] = new JsonArray(BookSide(0, "bid"), BookSide(1, "ask")),
            ["legend"] = Legend(),
            ["tooltip"] = new JsonObject { ["mode"] = "single", ["sort"] = "none" },
        },
        Overrides =
        [
            new("bid size", ("color", new JsonObject { ["mode"] = "continuous-greens" })), new("ask size", ("color", new JsonObject { ["mode"] = "continuous-reds" })),
        ],
    };

    /// <summary>A band per series whose colour is its state.</summary>
    public static Panel States(string title, int width, int height, params Target[] targets) => new("state-timeline", title, targets, width, height)
    {
        ColorByThreshold = true,
        Custom = new JsonObject { ["fillOpacity"] = 70, ["lineWidth"] = 0 },
        Options = new JsonObject
        {
            ["mergeValues"] = true, ["showValue"] = "never", ["alignValue"] = "center", ["rowHeight"] = 0.85, ["legend"] = Legend(), ["tooltip"] = new JsonObject { ["mode"] = "single", ["sort"] = "none" },
        },
    };

    /// <summary>Words, as Markdown.</summary>
    public static Panel Text(string title, string markdown, int width, int height) => new("text", title, [], width, height)
    {
        Options = new JsonObject { ["mode"] = "markdown", ["content"] = markdown },
    };

    /// <summary>One of Grafana's transformations.</summary>
    public static JsonObject Transformation(string id, JsonObject options) => new() { ["id"] = id, ["options"] = options };

    private static JsonObject BookSide(int frame, string side)
    {
        static JsonObject ByName(string name) => new() { ["matcher"] = new JsonObject { ["id"] = "byName", ["options"] = name } };
        return new JsonObject
        {
            ["name"] = new JsonObject { ["fixed"] = side + "s" },
            ["frame"] = new JsonObject { ["matcher"] = new JsonObject { ["id"] = "byIndex", ["options"] = frame } },
            ["x"] = ByName("Time"), ["y"] = ByName(side), ["color"] = ByName(side + " size"),
        };
    }

    private static JsonObject Drawing(string style, int fill) => new()
    {
        ["drawStyle"] = style,
        ["lineInterpolation"] = "linear",
        ["lineWidth"] = 1,
        ["fillOpacity"] = fill,
        ["gradientMode"] = "none",
        ["pointSize"] = 5,
        ["showPoints"] = style == "points" ? "always" : "never",
        ["spanNulls"] = true,
        ["axisPlacement"] = "auto",
        ["axisBorderShow"] = false,
    };

    private static JsonObject WithLegend(string tooltip) => new()
    {
        ["legend"] = Legend(),
        ["tooltip"] = new JsonObject { ["mode"] = tooltip, ["sort"] = "none" },
    };

    private static JsonObject Legend() => new() { ["displayMode"] = "list", ["placement"] = "bottom", ["showLegend"] = true, ["calcs"] = new JsonArray() };

    private static JsonObject Reduce(string calc) => new() { ["calcs"] = new JsonArray(calc), ["fields"] = "", ["values"] = false };
}
