using System.Text.Json.Nodes;

namespace Nbpy.Grafana;

/// <summary>One InfluxQL question of a panel.</summary>
/// <param name="Query">InfluxQL with Grafana's variables.</param>
public sealed record Target(string Query)
{
    /// <summary>Grafana's name of a series: <c>$col</c>, <c>$tag_pair</c>, or a word.</summary>
    public string Alias { get; init; } = "$col";

    /// <summary>True for one table with a column per tag and field; false for a series per field and tag set.</summary>
    public bool Table { get; init; }

    internal JsonObject ToJson(int index) => new()
    {
        ["refId"] = ((char)('A' + index)).ToString(),
        ["datasource"] = DataSource.Reference(),
        ["rawQuery"] = true,
        ["query"] = Query,
        ["resultFormat"] = Table ? "table" : "time_series",
        ["alias"] = Alias,
    };
}
