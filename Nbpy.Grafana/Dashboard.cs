using System.Text.Json.Nodes;

namespace Nbpy.Grafana;

/// <summary>A dashboard variable filled by a query.</summary>
public sealed record Variable(string Name, string Query);

/// <summary>A dashboard, written as Grafana's classic JSON.</summary>
/// <param name="Uid">Fixed uid, also the title: what people and the validation look for.</param>
/// <param name="Variables">Variables, in order.</param>
/// <param name="Panels">Panels, laid out from left to right in rows of 24 columns.</param>
public sealed record Dashboard(string Uid, IReadOnlyList<Variable> Variables, IReadOnlyList<Panel> Panels)
{
    /// <summary>The classic schema's version of Grafana 11.6.</summary>
    public const int SchemaVersion = 41;

    /// <summary>The dashboard as Grafana takes it.</summary>
    public JsonObject ToJson() => new()
    {
        ["uid"] = Uid,
        ["title"] = Uid,
        ["tags"] = new JsonArray("nbpy"),
        ["schemaVersion"] = SchemaVersion,
        ["timezone"] = "browser",
        ["editable"] = true,
        ["graphTooltip"] = 1,
        ["refresh"] = "5s",
        ["time"] = new JsonObject { ["from"] = "now-15m", ["to"] = "now" },
        ["templating"] = new JsonObject { ["list"] = new JsonArray([.. Variables.Select(VariableJson)]) },
        ["annotations"] = new JsonObject { ["list"] = new JsonArray() },
        ["links"] = new JsonArray(),
        ["panels"] = Layout(),
    };

    private static JsonObject VariableJson(Variable variable) => new()
    {
        ["name"] = variable.Name,
        ["label"] = variable.Name,
        ["type"] = "query",
        ["datasource"] = DataSource.Reference(),
        ["query"] = variable.Query,
        ["definition"] = variable.Query,
        ["refresh"] = 2,
        ["sort"] = 1,
        ["multi"] = false,
        ["includeAll"] = false,
        ["hide"] = 0,
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
