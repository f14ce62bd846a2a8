using Nbpy.Grafana;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.AppHost;

/// <summary>What Grafana's container reads at its start: datasource, dashboards and alert rules as files, beside the data when running, beside
/// the Compose file when published. No password is in them: they name variables of the container's environment.</summary>
internal static class GrafanaFiles
{
    /// <summary>The folder's name in a published folder.</summary>
    public const string Folder = "grafana";

    /// <summary>Folder of the files, and where the container finds it. One by one, so that the image's other provisioning folders stay.</summary>
    public static readonly IReadOnlyList<(string Source, string Target)> Mounts =
    [
        ("provisioning/datasources", "/etc/grafana/provisioning/datasources"), ("provisioning/dashboards", "/etc/grafana/provisioning/dashboards"),
        ("provisioning/alerting", "/etc/grafana/provisioning/alerting"), ("dashboards", ProvisioningFiles.DashboardFolder),
    ];

    /// <summary>Writes what is not there yet or is different; dashboards of measurements that are no more go.</summary>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public static void Write(IntegrationConfig config, string folder, bool hasReader)
    {
        // What is published has a reader's account, whose password nobody knows yet.
        var store = hasReader && config.InfluxDb.ReaderPassword is null ? config.InfluxDb with { ReaderPassword = "" } : config.InfluxDb;
        ProvisioningFiles.Write(config with { InfluxDb = store }, "$" + ProvisioningFiles.UrlVariable, folder);
        var wanted = Dashboards.All(config).Select(d => d.Uid + ".json").ToHashSet();
        foreach (var old in Directory.EnumerateFiles(Path.Combine(folder, "dashboards"), "*.json").Where(f => !wanted.Contains(Path.GetFileName(f))).ToList())
            File.Delete(old);
        if (OperatingSystem.IsWindows())
            return;

        // Grafana's user in the container is another one.
        const UnixFileMode readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        const UnixFileMode open = readable | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        foreach (var (source, _) in Mounts)
        {
            var path = Path.Combine(folder, source);
            File.SetUnixFileMode(path, open);
            foreach (var file in Directory.EnumerateFiles(path))
                File.SetUnixFileMode(file, readable);
        }
    }
}
