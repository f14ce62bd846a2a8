using System.Text.Json.Nodes;

namespace Nbpy.Grafana;

/// <summary>A link at the top of a dashboard.</summary>
/// <param name="Title">What it says.</param>
/// <param name="Url">Where it goes; null for a list of the dashboards with the tag <c>nbpy</c>.</param>
/// <param name="KeepTime">Goes there with the time range of here.</param>
public sealed record DashboardLink(string Title, string? Url, bool KeepTime = true)
{
    internal JsonObject ToJson() => new()
    {
        ["title"] = Title,
        ["type"] = Url is null ? "dashboards" : "link",
        ["url"] = Url ?? "",
        ["tags"] = Url is null ? new JsonArray(Dashboard.Tag) : [],
        ["asDropdown"] = Url is null,
        ["icon"] = Url is null ? "external link" : "dashboard",
        ["includeVars"] = true,
        ["keepTime"] = KeepTime,
        ["targetBlank"] = false,
        ["tooltip"] = "",
    };
}
