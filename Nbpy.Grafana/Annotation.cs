using System.Text.Json.Nodes;

namespace Nbpy.Grafana;

/// <summary>Marks on the time axis of every panel.</summary>
/// <param name="Name">What the page calls them.</param>
/// <param name="Query">InfluxQL whose rows are the marks.</param>
/// <param name="TextColumn">The column that a mark says.</param>
/// <param name="TagsColumn">The column of its labels.</param>
/// <param name="Color">A name of Grafana's palette.</param>
public sealed record Annotation(string Name, string Query, string TextColumn, string TagsColumn, string Color)
{
    internal JsonObject ToJson() => new()
    {
        ["name"] = Name,
        ["datasource"] = DataSource.Reference(),
        ["enable"] = true,
        ["hide"] = false,
        ["iconColor"] = Color,
        ["target"] = new JsonObject
        {
            ["refId"] = "Anno",
            ["query"] = Query,
            ["rawQuery"] = true,
            ["fromAnnotations"] = true,
            ["name"] = Name,
            ["textColumn"] = TextColumn,
            ["tagsColumn"] = TagsColumn,
        },
    };
}
