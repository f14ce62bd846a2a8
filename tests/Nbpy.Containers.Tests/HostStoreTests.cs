using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Nbpy.Tests.Shared;

namespace Nbpy.Containers.Tests;

/// <summary>The application host with InfluxDB in a container of this machine's engine, and one topic.</summary>
[Collection(OneEngine.Name)]
public sealed partial class HostStoreTests(Images images) : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);
    private readonly string folder = Directory.CreateTempSubdirectory("nbpy-host-store-").FullName;
    private readonly string container = "nbpy-host-store-" + Guid.NewGuid().ToString("N")[..8];
    private readonly int storePort = Ports.Free();
    private FileStream? addresses;

    [Fact]
    public async Task It_streams_into_the_container_stops_with_nothing_lost_leaves_none_and_finds_the_data_again()
    {
        images.SkipWithoutEngine();
        addresses = await MachineLock.ChangeAddressesAsync();
        var config = await ConfigureAsync();
        var first = await RunHostAsync(config);
        Assert.Contains("Store: the container nbpy-test/influxdb:1.6.7", first, StringComparison.Ordinal);
        var stored = Stored(first);
        Assert.True(stored > 0, first);
        Assert.Equal("", await Shell.MustAsync(folder, Limit, "docker", "ps", "--all", "--quiet", "--filter", $"name=^{container}$"));

        // Whoever looks while it runs needs no password on loopback, and sees what the first run has stored.
        using var ended = new CancellationTokenSource();
        var looking = LookAsync(stored + 1, ended.Token);
        var second = await RunHostAsync(config);
        await ended.CancelAsync();
        Assert.True(Stored(second) > 0, second);
        Assert.True(await looking, $"At no time more than {stored} points were in the store.");
    }

    public async ValueTask DisposeAsync()
    {
        await Shell.RunAsync(folder, Limit, "docker", "rm", "--force", "--volumes", container);
        await Shell.RunAsync(folder, Limit, "docker", "volume", "rm", "--force", container + "-data");
        if (addresses is not null)
            await addresses.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private static string Host => Path.Combine(
        Shell.Root, "Nbpy.AppHost", "bin", AppContext.BaseDirectory.Contains("/Release/", StringComparison.Ordinal) ? "Release" : "Debug", "net10.0", "Nbpy.AppHost");

    private async Task<string> RunHostAsync(string config)
    {
        var (code, output) = await Shell.RunAsync(folder, Limit, Host, "--config", config, "--influx", "container", "--grafana", "viewer", "--source", "simulated", "--exit-after", "validation");
        Assert.True(code == 0, output);
        return output;
    }

    // The closing report's sum; nothing may be missing from it.
    private static long Stored(string output)
    {
        var match = ClosingLine().Match(output);
        Assert.True(match.Success && match.Groups[1].Value == match.Groups[2].Value, output);
        return long.Parse(match.Groups[2].Value, System.Globalization.NumberStyles.AllowThousands, System.Globalization.CultureInfo.InvariantCulture);
    }

    private async Task<bool> LookAsync(long wanted, CancellationToken ended)
    {
        using var http = new HttpClient();
        while (!ended.IsCancellationRequested)
        {
            try
            {
                var answer = await http.GetStringAsync(new Uri($"http://127.0.0.1:{storePort}/query?db=tick&q=SELECT+count(bid)+FROM+kraken_tick"), TestContext.Current.CancellationToken);
                if (Count().Match(answer) is { Success: true } match && long.Parse(match.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture) >= wanted)
                    return true;
            }
            catch (HttpRequestException)
            {
                // It is not up yet, or no more.
            }

            await Task.Delay(100, TestContext.Current.CancellationToken);
        }

        return false;
    }

    private async Task<string> ConfigureAsync()
    {
        var config = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Shell.Root, "integration_config.json"), TestContext.Current.CancellationToken))!;
        foreach (var other in config["publishers"]!.AsArray().Concat(config["subscribers"]!.AsArray()).Where(s => s!["name"]!.GetValue<string>() is not ("kraken_tick" or "kraken_influxdb_tick")))
            other!["enabled"] = false;
        var (port, grafana) = (Ports.Free(), Ports.Free());
        config["publishers"]![0]!["port"] = port;
        config["publishers"]![0]!["replay_port"] = Ports.Free();
        config["subscribers"]![0]!["publisher_port"] = port;
        config["influxdb"]!["port"] = storePort;
        var services = config["docker"]!["services"]!;
        services["influxdb"]!["port"] = storePort;
        services["influxdb"]!["image"] = "nbpy-test/influxdb:1.6.7";
        services["influxdb"]!["container_name"] = container;
        services["grafana"]!["port"] = grafana;
        config["urls"] = new JsonObject
        {
            ["influxdb_api"] = $"http://localhost:{storePort}", ["grafana_ui"] = $"http://localhost:{grafana}", ["grafana_api"] = $"http://localhost:{grafana}/api", ["zmq_localhost"] = "tcp://localhost",
        };
        config["validation"]!["zmq_topics"] = new JsonArray("kraken_tick");
        config["validation"]!["message_timeout"] = 4;
        var path = Path.Combine(folder, "integration_config.json");
        await File.WriteAllTextAsync(path, config.ToJsonString(), TestContext.Current.CancellationToken);
        return path;
    }

    [GeneratedRegex("Published ([0-9,]+) messages, stored ([0-9,]+), spooled 0, rejected 0, lost 0")]
    private static partial Regex ClosingLine();

    [GeneratedRegex(@"Z"",(\d+)\]")]
    private static partial Regex Count();
}
