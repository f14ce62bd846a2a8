using System.Text.Json;
using System.Text.Json.Nodes;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Grafana;

/// <summary>Files that a Grafana reads at its start: <c>grafana/provisioning/…</c> and <c>grafana/dashboards/*.json</c>.</summary>
public static class ProvisioningFiles
{
    /// <summary>The variable of Grafana's environment that holds the store's password: it is in no file.</summary>
    public const string PasswordVariable = "NBPY_INFLUXDB_READER_PASSWORD";

    /// <summary>The variable of Grafana's environment that holds the store's address, where the files are written with it.</summary>
    public const string UrlVariable = "NBPY_INFLUXDB_URL";

    /// <summary>Where the container finds the dashboards.</summary>
    public const string DashboardFolder = "/var/lib/grafana/dashboards";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Path (below the output folder) and text of each file, in a fixed order.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="storeUrl">The store as Grafana reaches it, or a variable of Grafana's environment as <c>$NAME</c>; null for the configuration's.</param>
    public static IReadOnlyList<(string Path, string Text)> Of(IntegrationConfig config, string? storeUrl)
    {
        var source = DataSource.ToJson(config.InfluxDb, storeUrl);
        source["secureJsonData"] = new JsonObject { ["password"] = "$" + PasswordVariable };
        source["editable"] = false;
        var provider = new JsonObject
        {
            ["name"] = "nbpy", ["orgId"] = 1, ["folder"] = "NBPY", ["type"] = "file", ["disableDeletion"] = true, ["allowUiUpdates"] = false, ["updateIntervalSeconds"] = 30,
            ["options"] = new JsonObject { ["path"] = DashboardFolder },
        };
        return
        [
            ("provisioning/datasources/nbpy.yaml", Yaml.Write(new JsonObject { ["apiVersion"] = 1, ["datasources"] = new JsonArray(source) })),
            ("provisioning/dashboards/nbpy.yaml", Yaml.Write(new JsonObject { ["apiVersion"] = 1, ["providers"] = new JsonArray(provider) })),
            ("provisioning/alerting/nbpy.yaml", Yaml.Write(AlertRules.ToJson(config))),
            .. Dashboards.All(config).Select(d => ($"dashboards/{d.Uid}.json", d.ToJson().ToJsonString(Indented) + "\n")),
        ];
    }

    /// <summary>Writes the files; those that are as wanted already are left alone.</summary>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public static IReadOnlyList<SetupResult> Write(IntegrationConfig config, string? storeUrl, string folder)
    {
        var results = new List<SetupResult>();
        foreach (var (name, text) in Of(config, storeUrl))
        {
            var path = Path.Combine(folder, name);
            var outcome = !File.Exists(path) ? SetupOutcome.Created : File.ReadAllText(path) == text ? SetupOutcome.Unchanged : SetupOutcome.Changed;
            if (outcome != SetupOutcome.Unchanged)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                File.WriteAllText(path, text);
            }
            results.Add(new("file", name, outcome));
        }
        return results;
    }
}
