using System.Globalization;

namespace Nbpy.ServiceDefaults.Configuration;

/// <summary>What the environment sets wins over the file. A bad value is an error that names the variable.</summary>
internal static class EnvironmentOverrides
{
    private static readonly string[] Consistencies = ["any", "one", "quorum", "all"];

    public static IntegrationConfig Apply(
        IntegrationConfig config, ConfigNode root, IReadOnlyDictionary<string, string?> environment, List<ConfigurationError> errors)
    {
        string? Text(string name) => environment.GetValueOrDefault(name) is { Length: > 0 } text ? text : FromFile(name, environment, errors);

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
            ReaderUsername = Text("INFLUXDB_READER_USERNAME") ?? config.InfluxDb.ReaderUsername,
            ReaderPassword = Text("INFLUXDB_READER_PASSWORD") ?? config.InfluxDb.ReaderPassword,
            AdminUsername = Text("INFLUXDB_ADMIN_USER") ?? config.InfluxDb.AdminUsername,
            AdminPassword = Text("INFLUXDB_ADMIN_PASSWORD") ?? config.InfluxDb.AdminPassword,
            BatchSize = Number("INFLUXDB_BATCH_SIZE", 1, 1_000_000) ?? config.InfluxDb.BatchSize,
            WriteConsistency = consistency ?? config.InfluxDb.WriteConsistency,
        };
        var grafana = config.Grafana with
        {
            Host = Text("GRAFANA_HOST") ?? config.Grafana.Host,
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
                BindHost = Text("NBPY_BIND_HOST") ?? config.System.BindHost,
                TrustedNetwork = Text("NBPY_TRUSTED_NETWORK") is { } trusted ? trusted is "true" or "1" : config.System.TrustedNetwork,
                CurveKeys = Text("NBPY_CURVE_KEYS") is { } keys ? System.IO.Path.GetFullPath(keys) : config.System.CurveKeys,
                AreCurveKeysMounted = Text("NBPY_CURVE_KEYS_MOUNTED") is "true" or "1",
                DataDir = Text("NBPY_DATA_DIR") is { } data ? System.IO.Path.GetFullPath(data) : config.System.DataDir,
                LogDir = Text("NBPY_LOG_DIR") is { } log ? System.IO.Path.GetFullPath(log) : config.System.LogDir,
            },
            Urls = hasUrls && Text("GRAFANA_HOST") is null && Text("INFLUXDB_HOST") is null ? config.Urls : config.Urls with
            {
                InfluxDbApi = influx.Url,
                GrafanaUi = grafana.Url,
                GrafanaApi = grafana.Url + "/api",
            },
        };
    }

    /// <summary>Where publishers are, as application hosts tell where another resource's endpoint is:
    /// <c>services__kraken-tick__zmq__0=tcp://host:port</c>.</summary>
    public static IntegrationConfig ApplyAddresses(IntegrationConfig config, IReadOnlyDictionary<string, string?> environment, List<ConfigurationError> errors)
    {
        string? Host(PublisherConfig publisher)
        {
            var name = $"services__{publisher.Name.Replace('_', '-')}__zmq__0";
            if ((environment.GetValueOrDefault(name) is { Length: > 0 } given ? given : FromFile(name, environment, errors)) is not { } text)
                return null;
            if (Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Host.Length > 0)
                return uri.Host;
            errors.Add(new ConfigurationError($"environment {name}", 0, $"'{text}' is no address; write tcp://host:port."));
            return null;
        }

        var hosts = config.Publishers.Select(p => (p.Name, p.Port, Host: Host(p))).Where(p => p.Host is not null).ToDictionary(p => p.Name);
        return config with
        {
            Publishers = [.. config.Publishers.Select(p => hosts.TryGetValue(p.Name, out var at) ? p with { Host = at.Host! } : p)],
            Subscribers = [.. config.Subscribers.Select(s => s.Publisher is { } name && hosts.TryGetValue(name, out var at)
                ? s with { PublisherHost = at.Host!, PublisherPort = at.Port } : s)],
        };
    }

    /// <summary>A secret may lie in a file that <c>NAME_FILE</c> names, as container runtimes mount them.</summary>
    private static string? FromFile(string name, IReadOnlyDictionary<string, string?> environment, List<ConfigurationError> errors)
    {
        if (environment.GetValueOrDefault(name + "_FILE") is not { Length: > 0 } path)
            return null;
        try
        {
            return System.IO.File.ReadAllText(path).TrimEnd('\r', '\n');
        }
        catch (Exception e) when (e is System.IO.IOException or UnauthorizedAccessException)
        {
            errors.Add(new ConfigurationError($"environment {name}_FILE", 0, $"The file '{path}' cannot be read: {e.Message}"));
            return null;
        }
    }
}
