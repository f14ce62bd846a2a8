using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Nbpy.Containers.Tests;

/// <summary>The published folder brought up on a real engine. The store is Debian's influxd in an image, the viewer stands for Grafana.</summary>
public sealed partial class ComposeTests(Images images) : IClassFixture<Images>, IAsyncDisposable
{
    private const string StoreImage = "nbpy-test/influxdb:1.6.7";
    private static readonly TimeSpan UpLimit = TimeSpan.FromMinutes(4);
    private readonly string folder = Directory.CreateTempSubdirectory("nbpy-compose-").FullName;
    private readonly string project = "nbpytest" + Guid.NewGuid().ToString("N")[..8];
    private bool isUp;

    [Fact]
    public async Task What_is_published_comes_up_validates_survives_a_kill_and_a_new_store_and_loses_nothing()
    {
        images.SkipWithoutEngine();
        var published = await PublishAsync();
        isUp = true;
        await ComposeAsync(UpLimit, "up", "-d");
        await WaitAsync("validation has ended", UpLimit, async () => (await StateAsync("validation")).StartsWith("exited", StringComparison.Ordinal));
        var report = await LogsAsync("validation");
        Assert.True(await StateAsync("validation") == "exited 0", report);
        Assert.Contains("ALL TOPICS STREAMING SUCCESSFULLY", report, StringComparison.Ordinal);
        Assert.Contains("INFLUXDB DATA INGESTION SUCCESSFUL", report, StringComparison.Ordinal);

        // Only the viewer is reachable from this machine's addresses; no planted password shows anywhere but in .env.
        var ports = await Shell.MustAsync(folder, TimeSpan.FromSeconds(20), "docker", "ps", "--filter", $"label=com.docker.compose.project={project}", "--format", "{{.Names}} {{.Ports}}");
        Assert.All(ports.Split('\n').Where(l => l.Contains("->", StringComparison.Ordinal)), l => Assert.Contains("grafana", l, StringComparison.Ordinal));
        var secrets = (await File.ReadAllLinesAsync(Path.Combine(published, ".env"), TestContext.Current.CancellationToken))
            .Select(l => PasswordLine().Match(l)).Where(m => m.Success).Select(m => m.Groups[1].Value).ToList();
        Assert.Equal(4, secrets.Count);
        var everything = await ComposeAsync(TimeSpan.FromMinutes(1), "logs", "--no-color")
            + await File.ReadAllTextAsync(Path.Combine(published, "docker-compose.yaml"), TestContext.Current.CancellationToken)
            + await File.ReadAllTextAsync(Path.Combine(published, "config", "integration_config.json"), TestContext.Current.CancellationToken);
        Assert.All(secrets, s => Assert.DoesNotContain(s, everything, StringComparison.Ordinal));

        // A killed container comes back by itself.
        var publisher = await ContainerAsync("kraken-tick");
        await Shell.MustAsync(folder, TimeSpan.FromSeconds(30), "docker", "exec", publisher, "/app/program", "health");
        var before = await Shell.MustAsync(folder, TimeSpan.FromSeconds(20), "docker", "inspect", "--format", "{{.State.Pid}}", publisher);
        await Shell.MustAsync(folder, TimeSpan.FromSeconds(20), "kill", "-9", before.Trim());
        await WaitAsync("the killed publisher is healthy again", TimeSpan.FromMinutes(2), async () =>
            (await Shell.RunAsync(folder, TimeSpan.FromSeconds(20), "docker", "inspect", "--format", "{{.State.Pid}} {{.State.Health.Status}}", publisher)).Output is var now
            && now.Contains("healthy", StringComparison.Ordinal) && !now.Contains("unhealthy", StringComparison.Ordinal) && !now.StartsWith(before.Trim() + " ", StringComparison.Ordinal));

        // A new container of the store has what the old one had, and what came meanwhile waits in the spools.
        var had = await CountAsync("kraken_tick");
        await ComposeAsync(TimeSpan.FromMinutes(2), "rm", "--stop", "--force", "influxdb");
        await ComposeAsync(TimeSpan.FromMinutes(2), "up", "-d", "--no-deps", "influxdb");
        await WaitAsync("the new store has the old one's points and newer ones", TimeSpan.FromMinutes(2), async () => await CountAsync("kraken_tick") > had);

        // Stopped in order, every message of every topic is stored: published and stored are the services' own counters, left in the volume.
        await ComposeAsync(TimeSpan.FromMinutes(3), ["stop", "-t", "40", .. Services("publishers")]);
        await ComposeAsync(TimeSpan.FromMinutes(3), ["stop", "-t", "40", .. Services("subscribers")]);
        foreach (var name in Services("subscribers").Where(s => s != "data-filter"))
        {
            var closing = ClosingLine().Matches(await LogsAsync(name)).LastOrDefault()?.Value;
            Assert.True(closing is not null, $"{name} left no closing counters:\n{await LogsAsync(name)}");
            Assert.Matches(@"\blost 0\b", closing);
            Assert.Matches(@"\bpending 0\b", closing);
        }
    }

    [Fact]
    public async Task Every_image_says_its_digest_and_all_but_the_embedded_store_are_under_120_MB()
    {
        images.SkipWithoutEngine();
        var lines = images.List.Split('\n').Where(l => l.StartsWith("nbpy/", StringComparison.Ordinal)).ToList();
        Assert.Equal(6, lines.Count);
        foreach (var line in lines)
        {
            var match = Regex.Match(line, @"^nbpy/(\S+):\S+  sha256:[0-9a-f]{64}  (\d+) bytes$");
            Assert.True(match.Success, line);
            var limit = match.Groups[1].Value == "embeddedinflux" ? 160_000_000 : 120_000_000; // DuckDB's library alone is 60 MB.
            Assert.True(long.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture) < limit, line);
        }

        var user = await Shell.MustAsync(folder, TimeSpan.FromSeconds(20), "docker", "image", "inspect", "--format", "{{.Config.User}}", "nbpy/publishers:0.1.0");
        Assert.Equal("1654:1654", user.Trim());
    }

    public async ValueTask DisposeAsync()
    {
        if (isUp)
            await Shell.RunAsync(Path.Combine(folder, "published"), TimeSpan.FromMinutes(2), "docker-compose", "-p", project, "down", "-v", "-t", "5");
        Directory.Delete(folder, recursive: true);
    }

    private async Task<string> PublishAsync()
    {
        var config = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Shell.Root, "integration_config.json"), TestContext.Current.CancellationToken))!;
        config["docker"]!["services"]!["influxdb"]!["image"] = StoreImage;
        var port = FreePort();
        config["docker"]!["services"]!["grafana"]!["port"] = port;
        config["validation"]!["message_timeout"] = 8;
        var path = Path.Combine(folder, "integration_config.json");
        await File.WriteAllTextAsync(path, config.ToJsonString(), TestContext.Current.CancellationToken);
        var configuration = AppContext.BaseDirectory.Contains("/Release/", StringComparison.Ordinal) ? "Release" : "Debug";
        var host = Path.Combine(Shell.Root, "Nbpy.AppHost", "bin", configuration, "net10.0", "Nbpy.AppHost");
        var published = Path.Combine(folder, "published");
        await Shell.MustAsync(folder, TimeSpan.FromMinutes(1), host, "publish", "--config", path, "--grafana", "viewer", "-o", published);
        await Shell.MustAsync(published, TimeSpan.FromMinutes(1), "docker-compose", "config", "-q");
        return published;
    }

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string[] Services(string kind)
    {
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(Shell.Root, "integration_config.json")))!;
        IEnumerable<string> Names(string list) => config[list]!.AsArray().Select(p => p!["name"]!.GetValue<string>().Replace('_', '-'));
        return kind == "publishers" ? [.. Names("publishers").Where(n => n != "data-filter")] : [.. Names("subscribers"), "data-filter"];
    }

    private Task<string> ComposeAsync(TimeSpan limit, params string[] args) =>
        Shell.MustAsync(Path.Combine(folder, "published"), limit, "docker-compose", ["--ansi", "never", "-p", project, .. args]);

    private async Task<string> ContainerAsync(string service) =>
        (await Shell.MustAsync(
            folder, TimeSpan.FromSeconds(20), "docker", "ps", "-aq", "--filter", $"label=com.docker.compose.project={project}", "--filter", $"label=com.docker.compose.service={service}")).Trim();

    private async Task<string> StateAsync(string service) => await ContainerAsync(service) is { Length: > 0 } id
        ? (await Shell.MustAsync(folder, TimeSpan.FromSeconds(20), "docker", "inspect", "--format", "{{.State.Status}} {{.State.ExitCode}}", id)).Trim()
        : "none";

    private async Task<string> LogsAsync(string service) => await Shell.MustAsync(folder, TimeSpan.FromSeconds(30), "docker", "logs", await ContainerAsync(service));

    private async Task<long> CountAsync(string measurement)
    {
        var (code, output) = await Shell.RunAsync(
            folder, TimeSpan.FromSeconds(30), "docker", "exec", await ContainerAsync("influxdb"), "sh", "-c",
            $"influx -host \"$(hostname -i)\" -username \"$INFLUXDB_ADMIN_USER\" -password \"$INFLUXDB_ADMIN_PASSWORD\" -database tick -format csv -execute 'SELECT count(bid) FROM {measurement}'");
        return code == 0 && output.Split('\n').FirstOrDefault(l => l.StartsWith(measurement, StringComparison.Ordinal))?.Split(',')[^1] is { } count
            ? long.Parse(count, CultureInfo.InvariantCulture) : -1;
    }

    private async Task WaitAsync(string what, TimeSpan limit, Func<Task<bool>> condition)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(start) > limit)
                Assert.Fail($"Not within {limit}: {what}\n{await ComposeAsync(TimeSpan.FromSeconds(30), "ps")}\n{await ComposeAsync(TimeSpan.FromSeconds(60), "logs", "--no-color", "--tail", "15")}");
            await Task.Delay(500, TestContext.Current.CancellationToken);
        }
    }

    [GeneratedRegex("^[A-Z_]+_PASSWORD=(.+)$")]
    private static partial Regex PasswordLine();

    [GeneratedRegex("^.*Stopped.*$", RegexOptions.Multiline | RegexOptions.IgnoreCase)]
    private static partial Regex ClosingLine();
}
