using System.Net;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.AppHost.Publishing;

/// <summary>What the host refuses before anything is added: what would be open with a password that everybody knows, and what could not work
/// in containers.</summary>
internal static class PublishChecks
{
    /// <summary>The reason and the mend; null where nothing stands against it.</summary>
    public static string? Refusal(IntegrationConfig config, HostOptions options)
    {
        if (!options.IsPublish)
            return options.Grafana != PartMode.External && config.Grafana.HasDefaultPassword && !IPAddress.IsLoopback(IPAddress.Parse(config.System.BindHost))
                ? $"system.bind_host {config.System.BindHost} opens the dashboards to a network with a password that everybody knows; set GRAFANA_ADMIN_PASSWORD (or docker.services.grafana.admin_password), or keep 127.0.0.1. Nothing was started."
                : null;
        if (options.Influx == PartMode.External && IsLoopback(config.InfluxDb.Host))
            return $"The store is external and influxdb.host is '{config.InfluxDb.Host}', which in a container is the container itself; set influxdb.host and influxdb.port (or INFLUXDB_HOST and INFLUXDB_PORT) to where containers reach it. Nothing was published.";
        if (options.Grafana == PartMode.External && IsLoopback(config.Grafana.Host))
            return $"Grafana is external and its host is '{config.Grafana.Host}', which in a container is the container itself; set GRAFANA_HOST and GRAFANA_PORT to where containers reach it. Nothing was published.";
        return null;
    }

    /// <summary>Passwords of parts that somebody else runs, which nobody here can make up.</summary>
    public static IReadOnlyList<string> PasswordsOfOthers(HostOptions options) =>
    [
        .. options.Influx == PartMode.External ? (string[])["INFLUXDB_ADMIN_PASSWORD"] : [],
        .. options.Grafana == PartMode.External ? (string[])["GRAFANA_ADMIN_PASSWORD"] : [],
    ];

    private static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host, out var address) && (IPAddress.IsLoopback(address) || address.Equals(IPAddress.Any)));
}
