using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Nbpy.Tests.Shared;

namespace Nbpy.Containers.Tests;

/// <summary>The published folder brought up on a real engine. The store is Debian's influxd in an image, the viewer stands for Grafana.</summary>
[Collection(OneEngine.Name)]
public sealed partial class ComposeTests(Images images) : IAsyncDisposable
{
    private static readonly (string Name, string Value)[] Planted =
        [("KRAKEN_API_KEY", "planted-kraken-key-7Q"), ("KRAKEN_API_SECRET", "planted-kraken-secret-8R"), ("OANDA_TOKEN", "planted-oanda-token-9S"), ("TWITTER_BEARER_TOKEN", "planted-bearer-1T")];

    private const string StoreImage = "nbpy-test/influxdb:1.6.7";
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan UpLimit = TimeSpan.FromMinutes(4);
    private readonly string folder = Directory.CreateTempSubdirectory("nbpy-compose-").FullName;
    private readonly string project = "nbpytest" + Guid.NewGuid().ToString("N")[..8];
    private string pages = "";
    private int viewerPort;
    private bool isUp;
    private FileStream? addresses;

    [Fact]
    public async Task What_is_published_comes_up_validates_survives_a_kill_and_a_new_store_and_loses_nothing()
    {
        images.SkipWithoutEngine();
        var published = await PublishAsync();
        addresses = await MachineLock.ChangeAddressesAsync();
        isUp = true;
        await ComposeAsync(UpLimit, "up", "-d");
        await WaitAsync("validation has ended", UpLimit, async () => (await StateAsync("validation")).StartsWith("exited", StringComparison.Ordinal));
        var report = await LogsAsync("validation");
        Assert.True(await StateAsync("validation") == "exited 0", report);
        Assert.Contains("ALL TOPICS STREAMING SUCCESSFULLY", report, StringComparison.Ordinal);
        Assert.Contains("INFLUXDB DATA INGESTION SUCCESSFUL", report, StringComparison.Ordinal);

        await AssertRightsAsync(published);

        // Only the viewer is reachable from this machine's addresses.
        var ports = await Shell.MustAsync(folder, TimeSpan.FromSeconds(20), "docker", "ps", "--filter", $"label=com.docker.compose.project={project}", "--format", "{{.Names}} {{.Ports}}");
        Assert.All(ports.Split('\n').Where(l => l.Contains("->", StringComparison.Ordinal)), l => Assert.Contains("grafana", l, StringComparison.Ordinal));

        using (var http = new HttpClient())
            foreach (var page in (string[])["", "login", "api/health"])
                pages += await (await http.GetAsync(new Uri($"http://127.0.0.1:{viewerPort}/{page}"), TestContext.Current.CancellationToken)).Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        // A killed container comes back by itself.
        var publisher = await ContainerAsync("kraken-tick");
        await WaitAsync("the publisher says that it is healthy", Limit, () => IsHealthyAsync(publisher));
        var before = await Shell.MustAsync(folder, TimeSpan.FromSeconds(20), "docker", "inspect", "--format", "{{.State.Pid}}", publisher);
        await Shell.MustAsync(folder, TimeSpan.FromSeconds(20), "kill", "-9", before.Trim());
        await WaitAsync("the killed publisher is healthy again", TimeSpan.FromMinutes(2), async () =>
            (await Shell.RunAsync(folder, TimeSpan.FromSeconds(20), "docker", "inspect", "--format", "{{.State.Pid}} {{.State.Health.Status}}", publisher)).Output is var now
            && now.Contains("healthy", StringComparison.Ordinal) && !now.Contains("unhealthy", StringComparison.Ordinal) && !now.StartsWith(before.Trim() + " ", StringComparison.Ordinal));

        // One that is stopped alone drains, and goes on when it is started.
        var other = await ContainerAsync("kraken-depth");
        await Shell.MustAsync(folder, Limit, "docker", "stop", other);
        Assert.Equal("exited 0", await StateAsync("kraken-depth"));
        await Shell.MustAsync(folder, Limit, "docker", "start", other);
        await WaitAsync("the stopped publisher is healthy again", Limit, () => IsHealthyAsync(other));

        // A new container of the store has what the old one had, and what came meanwhile waits in the spools.
        var had = await CountAsync("kraken_tick");
        await ComposeAsync(TimeSpan.FromMinutes(2), "rm", "--stop", "--force", "influxdb");
        await ComposeAsync(TimeSpan.FromMinutes(2), "up", "-d", "--no-deps", "influxdb");
        await WaitAsync("the new store has the old one's points and newer ones", TimeSpan.FromMinutes(2), async () => await CountAsync("kraken_tick") > had);

        await WaitAsync("what waited in the spools is stored", TimeSpan.FromMinutes(2), async () =>
        {
            foreach (var (subscriber, _) in Pairs())
                if ((await ClosingAsync(subscriber))["spooled"] > 0)
                    return false;
            return true;
        });

        // Stopped all at once: Compose goes against the waits, publishers first. What the services' own counters say was published is stored.
        await ComposeAsync(TimeSpan.FromMinutes(3), "stop");
        foreach (var (subscriber, source) in Pairs())
        {
            var closing = await ClosingAsync(subscriber);
            Assert.True(closing["lost"] == 0 && closing["pending"] == 0, $"{subscriber}: {string.Join(", ", closing)}");

            // The counters of one that was killed are up to two seconds old.
            if (source == "kraken-tick")
                continue;
            var sent = (await ClosingAsync(source))["published"];
            Assert.True(sent == closing["stored"], $"{source} published {sent}, {subscriber} stored {closing["stored"]}:\n{await LogsAsync(source)}\n{await LogsAsync(subscriber)}");
        }

        await AssertNoSecretShowsAsync(published);
    }

    [Fact]
    public async Task Every_image_says_its_id_and_is_under_120_MB()
    {
        images.SkipWithoutEngine();
        var lines = images.List.Split('\n').Where(l => l.StartsWith("nbpy/", StringComparison.Ordinal)).ToList();
        Assert.Equal(6, lines.Count);
        foreach (var line in lines)
        {
            var match = Regex.Match(line, @"^nbpy/\S+:\S+  id sha256:[0-9a-f]{64}  digest none  (\d+) bytes$");
            Assert.True(match.Success, line);
            Assert.True(long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) < 120_000_000, line);
        }

        var user = await Shell.MustAsync(folder, TimeSpan.FromSeconds(20), "docker", "image", "inspect", "--format", "{{.Config.User}}", $"nbpy/publishers:{Images.Version}");
        Assert.Equal("1654:1654", user.Trim());
    }

    public async ValueTask DisposeAsync()
    {
        if (isUp)
            await Shell.RunAsync(Path.Combine(folder, "published"), TimeSpan.FromMinutes(2), "docker-compose", "-p", project, "down", "-v", "-t", "5");
        if (addresses is not null)
            await addresses.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private async Task<string> PublishAsync()
    {
        var config = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Shell.Root, "integration_config.json"), TestContext.Current.CancellationToken))!;
        config["docker"]!["services"]!["influxdb"]!["image"] = StoreImage;
        viewerPort = Ports.Free();
        config["docker"]!["services"]!["grafana"]!["port"] = viewerPort;
        config["validation"]!["message_timeout"] = 8;
        var path = Path.Combine(folder, "integration_config.json");
        await File.WriteAllTextAsync(path, config.ToJsonString(), TestContext.Current.CancellationToken);
        var configuration = AppContext.BaseDirectory.Contains("/Release/", StringComparison.Ordinal) ? "Release" : "Debug";
        var host = Path.Combine(Shell.Root, "Nbpy.AppHost", "bin", configuration, "net10.0", "Nbpy.AppHost");
        var published = Path.Combine(folder, "published");
        await Shell.MustAsync(folder, TimeSpan.FromMinutes(1), host, "publish", "--config", path, "--grafana", "viewer", "-o", published);
        await File.AppendAllLinesAsync(Path.Combine(published, ".env"), Planted.Select(p => $"{p.Name}={p.Value}"), TestContext.Current.CancellationToken);
        await Shell.MustAsync(published, TimeSpan.FromMinutes(1), "docker-compose", "config", "-q");

        // Every wait of the start takes one interval; and where this machine is busy, 'up' is not to give up before the test's own limit.
        var file = Path.Combine(published, "docker-compose.yaml");
        var compose = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        foreach (var (ours, here) in ((string, string)[])[("interval: 10s", "interval: 5s"), ("timeout: 5s", "timeout: 20s"), ("retries: 6\n", "retries: 60\n")])
        {
            Assert.Contains(ours, compose, StringComparison.Ordinal);
            compose = compose.Replace(ours, here, StringComparison.Ordinal);
        }

        await File.WriteAllTextAsync(file, compose, TestContext.Current.CancellationToken);
        return published;
    }

    /// <summary>Each subscriber with the publisher, or the filter, that it stores.</summary>
    private static IEnumerable<(string Subscriber, string Publisher)> Pairs()
    {
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(Shell.Root, "integration_config.json")))!;
        var publishers = config["publishers"]!.AsArray().ToDictionary(p => p!["topic"]!.GetValue<string>(), p => Name(p!));
        return config["subscribers"]!.AsArray().Where(s => publishers.ContainsKey(s!["subscribe_to"]!.GetValue<string>())).Select(s => (Name(s!), publishers[s!["subscribe_to"]!.GetValue<string>()]));

        static string Name(JsonNode service) => service["name"]!.GetValue<string>().Replace('_', '-');
    }

    /// <summary>The counters that a service left in its volume, of all its lives.</summary>
    private async Task<Dictionary<string, long>> ClosingAsync(string service)
    {
        var file = await Shell.MustAsync(folder, Limit, "sh", "-c", $"docker cp {await ContainerAsync(service)}:/data/run/{service.Replace('-', '_')}.json - | tar -xO");
        return JsonSerializer.Deserialize<Dictionary<string, long>>(file)!;
    }

    /// <summary>No password that was made up and no credential that was planted is in a log, on a page, or in a published file but .env.</summary>
    private async Task AssertNoSecretShowsAsync(string published)
    {
        var secrets = (await File.ReadAllLinesAsync(Path.Combine(published, ".env"), TestContext.Current.CancellationToken))
            .Select(l => PasswordLine().Match(l)).Where(m => m.Success).Select(m => m.Groups[1].Value).Concat(Planted.Select(p => p.Value)).ToList();
        Assert.Equal(4 + Planted.Length, secrets.Count);
        var places = Directory.EnumerateFiles(published, "*", SearchOption.AllDirectories).Where(f => Path.GetFileName(f) != ".env").ToDictionary(f => f, File.ReadAllText);
        places["containers' logs"] = await ComposeAsync(TimeSpan.FromMinutes(1), "logs", "--no-color");
        places["the data volume"] = await Shell.MustAsync(
            folder, Limit, "sh", "-c", $"mkdir volume && docker cp {await ContainerAsync("kraken-tick")}:/data - | tar -x -C volume && grep -rhaE '.' volume --include='*.log' --include='*.json' --include='*.ndjson' || true");
        Assert.NotEqual("", places["the data volume"]);
        places["the viewer's pages"] = pages;
        foreach (var (place, text) in places)
            Assert.All(secrets, s => Assert.False(text.Contains(s, StringComparison.Ordinal), $"{s} is in {place}"));
    }

    private Task<string> ComposeAsync(TimeSpan limit, params string[] args) =>
        Shell.MustAsync(Path.Combine(folder, "published"), limit, "docker-compose", ["--ansi", "never", "-p", project, .. args]);

    private async Task<string> ContainerAsync(string service) =>
        (await Shell.MustAsync(
            folder, TimeSpan.FromSeconds(20), "docker", "ps", "-aq", "--filter", $"label=com.docker.compose.project={project}", "--filter", $"label=com.docker.compose.service={service}")).Trim();

    private async Task<string> StateAsync(string service) => await ContainerAsync(service) is { Length: > 0 } id
        ? (await Shell.MustAsync(folder, TimeSpan.FromSeconds(20), "docker", "inspect", "--format", "{{.State.Status}} {{.State.ExitCode}}", id)).Trim()
        : "none";

    private async Task<bool> IsHealthyAsync(string container) => (await Shell.RunAsync(folder, TimeSpan.FromSeconds(30), "docker", "exec", container, "/app/program", "health")).ExitCode == 0;

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
}
