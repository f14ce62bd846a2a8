using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Nbpy.AppHost.Tests.Kubernetes;

namespace Nbpy.AppHost.Tests;

/// <summary>A stop is heard at every moment of a service's start: while the runtime loads, while the service is made, while it waits for its
/// subscribers.</summary>
public sealed class EarlyStopTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("nbpy-early-").FullName;

    [Fact]
    public async Task A_service_that_is_told_to_stop_while_it_starts_stops_by_itself()
    {
        Assert.SkipUnless(Shell.Find("timeout") is not null, "timeout (coreutils) is not installed.");
        var config = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Shell.Root, "integration_config.json"), TestContext.Current.CancellationToken))!;
        foreach (var publisher in config["publishers"]!.AsArray())
        {
            var port = Free();
            foreach (var subscriber in config["subscribers"]!.AsArray().Where(s => s!["publisher_port"]!.GetValue<int>() == publisher!["port"]!.GetValue<int>()))
                subscriber!["publisher_port"] = port;
            publisher!["port"] = port;
            publisher["replay_port"] = Free();
        }

        var path = Path.Combine(folder, "integration_config.json");
        await File.WriteAllTextAsync(path, config.ToJsonString(), TestContext.Current.CancellationToken);
        (string Name, double Seconds)[] stops = [("kraken_tick", 0.03), ("kraken_depth", 0.15), ("oanda_tick", 0.4), ("betfair_stream", 3)];
        var ends = await Task.WhenAll(stops.Select(async s => (Stop: s, End: await StopAfterAsync(path, s.Name, s.Seconds))));

        // 0: it stopped; 143: the runtime was not there yet, and the kernel ended it. 137 would be: killed after 20 s.
        Assert.All(ends, e => Assert.True(e.End.ExitCode is 0 or 143, $"{e.Stop}: {e.End}"));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private Task<(int ExitCode, string Output)> StopAfterAsync(string config, string name, double seconds) => Shell.RunAsync(
        folder, TimeSpan.FromSeconds(60), "env", $"NBPY_DATA_DIR={folder}/data", $"NBPY_HEALTH_PORT={Free()}",
        "timeout", "--preserve-status", "-k", "20", seconds.ToString(CultureInfo.InvariantCulture),
        Published.Program("Nbpy.Publishers", "Nbpy.Publishers"), name, "--config", config, "--source", "simulated");

    private static int Free()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
