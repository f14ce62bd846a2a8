using System.Text.Json.Nodes;

namespace Nbpy.Grafana;

/// <summary>A dashboard, written as Grafana's classic JSON.</summary>
/// <param name="Uid">Fixed uid, also the title: what people and the validation look for.</param>
/// <param name="Description">One sentence.</param>
/// <param name="Variables">Variables, in order.</param>
/// <param name="Panels">Panels, laid out from left to right in rows of 24 columns.</param>
public sealed record Dashboard(string Uid, string Description, IReadOnlyList<Variable> Variables, IReadOnlyList<Panel> Panels)
{
    /// <summary>The classic schema's version of Grafana 11.6.</summary>
    public const int SchemaVersion = 41;

    /// <summary>The tag of every dashboard of this project.</summary>
    public const string Tag = "nbpy";

    /// <summary>Marks on every panel.</summary>
    public IReadOnlyList<Annotation> Annotations { get; init; } = [];

    /// <summary>Links at the top.</summary>
    public IReadOnlyList<DashboardLink> Links { get; init; } = [];

    /// <summary>The dashboard as Grafana takes it.</summary>
    public JsonObject ToJson() => new()
    {
        ["uid"] = Uid,
        ["title"] = Uid,
        ["description"] = Description,
        ["tags"] = new JsonArray(Tag),
        ["schemaVersion"] = SchemaVersion,
        ["timezone"] = "browser",
        ["editable"] = true,
        ["graphTooltip"] = 1,
        ["refresh"] = "5s",
        ["time"] = new JsonObject { ["from"] = "now-15m", ["to"] = "now" },
        ["timepicker"] = new JsonObject { ["refresh_intervals"] = new JsonArray("1s", "5s", "10s", "30s", "1m", "5m") },
        ["templating"] = new JsonObject { ["list"] = new JsonArray([.. Variables.Select(v => v.ToJson())]) },
        ["annotations"] = new JsonObject { ["list"] = new JsonArray([.. Annotations.Select(a => a.ToJson())]) },
        ["links"] = new JsonArray([.. Links.Select(l => l.ToJson())]),
        ["panels"] = Layout(),
    };

    private JsonArray Layout()
    {
        var panels = new JsonArray();
        int x = 0, y = 0, rowHeight = 0;
        foreach (var panel in Panels)
        {
            if (x + panel.Width > 24)
            {
                x = 0;
                y += rowHeight;
                rowHeight = 0;
            }
            panels.Add(panel.ToJson(panels.Count + 1, x, y));
            x += panel.Width;
            rowHeight = Math.Max(rowHeight, panel.Height);
        }
        return panels;
    }
}
