using System.Text.Json.Nodes;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Grafana;

/// <summary>The one datasource of the dashboards.</summary>
public static class DataSource
{
    /// <summary>Its fixed uid.</summary>
    public const string Uid = "nbpy-influxdb";

    /// <summary>Its name.</summary>
    public const string Name = "NBPY InfluxDB";

    /// <summary>What Grafana is given: InfluxQL through Grafana's own proxy, so that no browser needs the store's password.</summary>
    /// <param name="store">The store.</param>
    /// <param name="url">The store as Grafana reaches it; null for the configuration's address.</param>
    public static JsonObject ToJson(InfluxDbConfig store, string? url = null) => new()
    {
        ["uid"] = Uid,
        ["name"] = Name,
        ["type"] = "influxdb",
        ["access"] = "proxy",
        ["url"] = url ?? store.Url,
        ["user"] = store.Reader.Username,
        ["database"] = store.Database,
        ["basicAuth"] = false,
        ["jsonData"] = new JsonObject { ["dbName"] = store.Database, ["httpMode"] = "GET", ["timeInterval"] = "1s", ["version"] = "InfluxQL" },
        ["secureJsonData"] = new JsonObject { ["password"] = store.Reader.Password },
    };

    internal static JsonObject Reference() => new() { ["type"] = "influxdb", ["uid"] = Uid };
}
