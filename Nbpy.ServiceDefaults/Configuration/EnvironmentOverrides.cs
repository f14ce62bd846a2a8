using System.Globalization;

namespace Nbpy.ServiceDefaults.Configuration;

/// <summary>What the environment sets wins over the file. A bad value is an error that names the variable.</summary>
internal static class EnvironmentOverrides
{
    private static readonly string[] Consistencies = ["any", "one", "quorum", "all"];

    public static IntegrationConfig Apply(
        IntegrationConfig config, ConfigNode root, IReadOnlyDictionary<string, string?> environment, List<ConfigurationError> errors)
    {
        string? Text(string name) => environment.GetValueOrDefault(name) is { Length: > 0 } text ? text : null;

        int? Number(string name, int least, int most)
        {
            if (Text(name) is not { } text)
                return null;
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most)
                return value;
            errors.Add(new ConfigurationError($"environment {name}", 0, $"'{text}' is not a whole number from {least} to {most}."));
            return null;
        }

        var consistency = Text("INFLUXDB_WRITE_CONSISTENCY");
        if (consistency is not null && !Consistencies.Contains(consistency))
            errors.Add(new ConfigurationError("environment INFLUXDB_WRITE_CONSISTENCY", 0, $"'{consistency}' is none of {string.Join(", ", Consistencies)}."));
        var influx = config.InfluxDb with
        {
            Host = Text("INFLUXDB_HOST") ?? config.InfluxDb.Host,
            Port = Number("INFLUXDB_PORT", 1, 65535) ?? config.InfluxDb.Port,
            Database = Text("INFLUXDB_DATABASE") ?? config.InfluxDb.Database,
            Username = Text("INFLUXDB_USERNAME") ?? config.InfluxDb.Username,
            Password = Text("INFLUXDB_PASSWORD") ?? config.InfluxDb.Password,
            BatchSize = Number("INFLUXDB_BATCH_SIZE", 1, 1_000_000) ?? config.InfluxDb.BatchSize,
            WriteConsistency = consistency ?? config.InfluxDb.WriteConsistency,
        };
        var grafana = config.Grafana with
        {
            Port = Number("GRAFANA_PORT", 1, 65535) ?? config.Grafana.Port,
            AdminUser = Text("GRAFANA_ADMIN_USER") ?? config.Grafana.AdminUser,
            AdminPassword = Text("GRAFANA_ADMIN_PASSWORD") ?? config.Grafana.AdminPassword,
        };
        var hasUrls = root.Members.ContainsKey("urls");
        return config with
        {
            InfluxDb = influx,
            Grafana = grafana,
            System = config.System with
            {
                DataDir = Text("NBPY_DATA_DIR") is { } data ? System.IO.Path.GetFullPath(data) : config.System.DataDir,
                LogDir = Text("NBPY_LOG_DIR") is { } log ? System.IO.Path.GetFullPath(log) : config.System.LogDir,
            },
            Urls = hasUrls ? config.Urls : config.Urls with
            {
                InfluxDbApi = influx.Url,
                GrafanaUi = $"http://localhost:{grafana.Port}",
                GrafanaApi = $"http://localhost:{grafana.Port}/api",
            },
        };
    }
}
