using System.Text.RegularExpressions;
using k8s.Models;
using Nbpy.AppHost.Tests.Kubernetes;

namespace Nbpy.AppHost.Tests;

/// <summary>Grafana's provisioning files in what is published.</summary>
public sealed partial class GrafanaFilesTests
{
    private static readonly string[] Mounted = ["provisioning/datasources", "provisioning/dashboards", "provisioning/alerting", "dashboards"];

    [Fact]
    public async Task The_compose_folder_mounts_datasource_dashboards_and_alert_rules_into_Grafana_and_no_file_holds_a_password()
    {
        using var published = new Published();
        var folder = await published.PublishAsync("compose", null, "--grafana", "container", "--influx", "container");
        var compose = await File.ReadAllTextAsync(Path.Combine(folder, "docker-compose.yaml"), TestContext.Current.CancellationToken);
        foreach (var name in Mounted)
        {
            Assert.Contains($"source: ./grafana/{name}\n", compose, StringComparison.Ordinal);
            Assert.NotEmpty(Directory.EnumerateFiles(Path.Combine(folder, "grafana", name)));
        }
        Assert.Equal(
            Directory.EnumerateFiles(Path.Combine(folder, "grafana", "dashboards")).Select(Path.GetFileNameWithoutExtension).ToHashSet()!,
            (HashSet<string>)["kraken_tick_stream", "kraken_depth_stream", "kraken_orders_stream", "oanda_tick_stream", "oanda_orders_stream", "betfair_stream", "twitter_sentiment_stream", "nbpy_pipeline"]);
        Assert.Contains("NBPY_INFLUXDB_URL: http://influxdb:8086\n", compose, StringComparison.Ordinal);

        var source = await File.ReadAllTextAsync(Path.Combine(folder, "grafana", "provisioning", "datasources", "nbpy.yaml"), TestContext.Current.CancellationToken);
        Assert.Contains("url: \"$NBPY_INFLUXDB_URL\"", source, StringComparison.Ordinal);
        Assert.Contains("user: \"nbpy_reader\"", source, StringComparison.Ordinal);
        Assert.Contains("password: \"$NBPY_INFLUXDB_READER_PASSWORD\"", source, StringComparison.Ordinal);
        var passwords = (await File.ReadAllLinesAsync(Path.Combine(folder, ".env"), TestContext.Current.CancellationToken)).Select(l => PasswordLine().Match(l)).Where(m => m.Success).Select(m => m.Groups[1].Value).ToList();
        Assert.NotEmpty(passwords);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(folder, "grafana"), "*", SearchOption.AllDirectories))
        {
            var text = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
            Assert.All(passwords, p => Assert.DoesNotContain(p, text, StringComparison.Ordinal));
            if (!OperatingSystem.IsWindows())
                Assert.True(File.GetUnixFileMode(file).HasFlag(UnixFileMode.OtherRead), $"Grafana's user cannot read {file}");
        }
    }

    [Fact]
    public async Task A_dashboard_of_a_measurement_that_is_no_more_goes_at_the_next_publish()
    {
        using var published = new Published();
        var folder = await published.PublishAsync("compose", null, "--grafana", "container");
        var old = Path.Combine(folder, "grafana", "dashboards", "old_stream.json");
        await File.WriteAllTextAsync(old, "{}", TestContext.Current.CancellationToken);
        await published.PublishAsync("compose", null, "--grafana", "container");
        Assert.False(File.Exists(old));
    }

    [Fact]
    public async Task With_the_viewer_nothing_of_Grafana_is_published()
    {
        using var published = new Published();
        Assert.False(Directory.Exists(Path.Combine(await published.PublishAsync("compose", null, "--grafana", "viewer"), "grafana")));
    }

    [Fact]
    public async Task In_Kubernetes_the_files_are_ConfigMaps_of_Grafanas_pod()
    {
        using var published = new Published();
        var objects = Published.Load(await published.PublishAsync("kubernetes", null, "--grafana", "container", "--influx", "container"));
        var pod = objects.Where(o => o.Metadata.Name == "grafana").Select(Published.Template).Single(t => t is not null)!.Spec;
        foreach (var target in (string[])["/etc/grafana/provisioning/datasources", "/etc/grafana/provisioning/dashboards", "/etc/grafana/provisioning/alerting", "/var/lib/grafana/dashboards"])
        {
            var mount = Assert.Single(pod.Containers[0].VolumeMounts, m => m.MountPath == target);
            var map = Assert.Single(pod.Volumes, v => v.Name == mount.Name).ConfigMap.Name;
            Assert.NotEmpty(objects.OfType<V1ConfigMap>().Single(m => m.Metadata.Name == map).Data);
        }
        Assert.Contains(pod.Containers[0].Env, e => e.Name == "NBPY_INFLUXDB_READER_PASSWORD" && e.ValueFrom?.SecretKeyRef is not null);
        Assert.Contains(pod.Containers[0].Env, e => e.Name == "NBPY_INFLUXDB_URL" && e.Value == "http://influxdb:8086");
    }

    [GeneratedRegex("^[A-Z_]+_PASSWORD=(.+)$")]
    private static partial Regex PasswordLine();
}
