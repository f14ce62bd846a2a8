using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Nbpy.EndToEnd.Tests;

/// <summary>Real processes killed, stopped and stormed under a real host; and the operator's command against it.</summary>
[Collection("one system at a time")]
public sealed class SupervisionTests
{
    private static readonly TimeSpan RunLimit = TimeSpan.FromSeconds(180);

    [Fact]
    public async Task A_storm_ends_fatal_one_that_hangs_is_replaced_and_one_command_clears_it()
    {
        await using var system = TestSystem.Create();
        system.Config["supervision"] = new JsonObject { ["initial_backoff"] = 0.1, ["max_backoff"] = 0.1, ["max_restarts"] = 3, ["liveness_timeout"] = 3 };
        system.Start("--source", "simulated");
        await system.WaitForOutputAsync("Streaming. Ctrl+C", RunLimit);

        // Hangs: connected, running, answering nothing.
        var hung = system.FindProcess("Nbpy.Publishers betfair_stream")!.Value;
        TestSystem.Kill(hung, 19);
        await system.UntilAsync(() => Task.FromResult(system.FindProcess("Nbpy.Publishers betfair_stream") is { } now && now != hung));
        Assert.Contains("has not answered", system.Output, StringComparison.Ordinal);

        // Dies whenever it comes.
        await system.UntilAsync(
            async () =>
            {
                if (system.FindProcess("Nbpy.Publishers kraken_tick") is { } pid)
                    TestSystem.Kill(pid, 9);
                return (await system.ServiceAsync("kraken-tick"))["state"]!.GetValue<string>() == "Fatal";
            });
        var fatal = await system.ServiceAsync("kraken-tick");
        Assert.Equal(3, fatal["restarts"]!.GetValue<int>());
        Assert.Contains("nbpy restart", fatal["reason"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal("Running", (await system.ServiceAsync("kraken-depth"))["state"]!.GetValue<string>());

        var (code, output) = await system.NbpyAsync("restart", "kraken_tick");
        Assert.True(code == 0, output);
        await system.UntilAsync(async () => (await system.ServiceAsync("kraken-tick"))["healthy"]?.GetValue<bool>() == true);
    }

    [Fact]
    public async Task The_operators_command_shows_restarts_reads_logs_and_stops_a_running_host()
    {
        await using var system = TestSystem.Create();
        var (code, output) = await system.NbpyAsync("status");
        Assert.True(code == 1 && output.Contains("No host runs", StringComparison.Ordinal), output);
        system.Start("--source", "simulated");
        await system.WaitForOutputAsync("Streaming. Ctrl+C", RunLimit);

        (code, output) = await system.NbpyAsync("status");
        Assert.True(code == 0, output);
        Assert.Matches(@"kraken-influxdb-tick\s+healthy\s+0", output);
        var tick = await system.ServiceAsync("kraken-tick");
        Assert.Equal(system.TopicPorts["kraken_tick"], tick["ports"]!["zmq"]!.GetValue<int>());
        Assert.True(tick["memoryBytes"]!.GetValue<long>() > 10_000_000);
        Assert.True(tick["counters"]!["published"]!.GetValue<long>() > 50);

        // A restart takes no neighbour down.
        var neighbours = system.FindProcess("Nbpy.Subscribers kraken_influxdb_tick");
        var before = system.FindProcess("Nbpy.Publishers kraken_tick");
        (code, output) = await system.NbpyAsync("restart", "kraken_tick");
        Assert.True(code == 0, output);
        await system.UntilAsync(async () => (await system.ServiceAsync("kraken-tick"))["healthy"]?.GetValue<bool>() == true);
        Assert.NotEqual(before, system.FindProcess("Nbpy.Publishers kraken_tick"));
        Assert.Equal(neighbours, system.FindProcess("Nbpy.Subscribers kraken_influxdb_tick"));

        (code, output) = await system.NbpyAsync("resource", "nobody", "restart");
        Assert.True(code == 1 && output.Contains("no resource 'nobody'", StringComparison.Ordinal), output);
        (code, output) = await system.NbpyAsync("logs", "kraken_tick", "--since", "5m");
        Assert.True(code == 0 && output.Contains("Publishing on", StringComparison.Ordinal), output);

        // The control socket is its owner's alone; a second host says that the first runs, and where.
        var socket = Directory.GetFiles(system.Config["system"]!["socket_dir"]!.GetValue<string>(), "*.sock").Single();
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(socket));
        (code, output) = await system.NbpyAsync("start");
        Assert.True(code == 1 && output.Contains($"process {system.HostPid}", StringComparison.Ordinal), output);

        (code, output) = await system.NbpyAsync("stop");
        Assert.True(code == 0, output);
        Assert.Equal(0, await system.WaitForExitAsync(TimeSpan.FromSeconds(10)));
        Assert.Matches(@"lost 0\.", system.Output);
        Assert.False(File.Exists(socket));
    }
}
