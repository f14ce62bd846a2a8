using System.Text.Json.Nodes;

namespace Nbpy.Grafana;

/// <summary>What a person chooses at the top of a dashboard.</summary>
/// <param name="Name">Its name in queries, without the dollar sign.</param>
public abstract record Variable(string Name)
{
    /// <summary>What the page calls it; the name when null.</summary>
    public string? Label { get; init; }

    internal abstract JsonObject ToJson();

    /// <summary>The settings that every kind has.</summary>
    protected JsonObject Common(string type) => new() { ["name"] = Name, ["label"] = Label ?? Name, ["type"] = type, ["hide"] = 0, ["skipUrlSync"] = false };
}

/// <summary>Its values are the answer to a query.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Query"><c>SHOW TAG VALUES …</c>.</param>
/// <param name="Multi">Several values at once, and All; then a query compares with <c>=~ /^$name$/</c>.</param>
public sealed record QueryVariable(string Name, string Query, bool Multi = false) : Variable(Name)
{
    internal override JsonObject ToJson()
    {
        var json = Common("query");
        json["datasource"] = DataSource.Reference();
        json["query"] = Query;
        json["definition"] = Query;
        json["refresh"] = 1;
        json["sort"] = 3;
        json["multi"] = Multi;
        json["includeAll"] = Multi;
        // Of one value the page takes the first that the query answers.
        if (Multi)
            json["current"] = new JsonObject { ["selected"] = true, ["text"] = new JsonArray("All"), ["value"] = new JsonArray("$__all") };
        return json;
    }
}

/// <summary>A person types it; empty at first.</summary>
/// <param name="Name">Its name.</param>
public sealed record TextVariable(string Name) : Variable(Name)
{
    internal override JsonObject ToJson()
    {
        var json = Common("textbox");
        json["query"] = "";
        json["current"] = new JsonObject { ["selected"] = true, ["text"] = "", ["value"] = "" };
        json["options"] = new JsonArray(new JsonObject { ["selected"] = true, ["text"] = "", ["value"] = "" });
        return json;
    }
}

/// <summary>The width of the buckets that bars and candles count in; <c>auto</c> follows the time range.</summary>
public sealed record IntervalVariable() : Variable("interval")
{
    private const int Buckets = 80;
    private static readonly string[] Steps = ["1s", "5s", "10s", "30s", "1m", "5m", "15m", "1h", "6h", "1d"];

    internal override JsonObject ToJson()
    {
        var json = Common("interval");
        json["query"] = string.Join(',', Steps);
        json["auto"] = true;
        json["auto_count"] = Buckets;
        json["auto_min"] = "1s";
        json["refresh"] = 2;
        json["current"] = new JsonObject { ["selected"] = true, ["text"] = "auto", ["value"] = "$__auto_interval_interval" };
        json["options"] = new JsonArray(
        [
            new JsonObject { ["selected"] = true, ["text"] = "auto", ["value"] = "$__auto_interval_interval" },
            .. Steps.Select(s => new JsonObject { ["selected"] = false, ["text"] = s, ["value"] = s }),
        ]);
        return json;
    }
}

/// <summary>One of a few fixed values.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Choices">What the page says, and the value; the first is chosen.</param>
public sealed record CustomVariable(string Name, params (string Text, string Value)[] Choices) : Variable(Name)
{
    internal override JsonObject ToJson()
    {
        var json = Common("custom");
        json["query"] = string.Join(",", Choices.Select(c => $"{c.Text} : {c.Value}"));
        json["multi"] = false;
        json["includeAll"] = false;
        json["current"] = new JsonObject { ["selected"] = true, ["text"] = Choices[0].Text, ["value"] = Choices[0].Value };
        json["options"] = new JsonArray(
            [.. Choices.Select((c, i) => new JsonObject { ["selected"] = i == 0, ["text"] = c.Text, ["value"] = c.Value })]);
        return json;
    }
}
