using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Nbpy.EndToEnd.Tests;

/// <summary>Real processes killed, stopped and stormed under a real host.</summary>
[Collection(OneSystem.Name)]
public sealed class SupervisionTests
{
    private static readonly TimeSpan RunLimit = TimeSpan.FromSeconds(180);

    [Fact]
    public async Task A_storm_ends_fatal_one_that_hangs_is_replaced_one_command_clears_it_and_a_host_killed_with_9_leaves_no_process_behind()
    {
        await using var system = TestSystem.Create();
        system.KeepOnly("kraken_tick", "kraken_tick_filtered", "kraken_depth", "betfair_stream");
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

        Assert.True(system.Survivors().Count > system.Services, string.Join('\n', system.Survivors()));
        system.KillHost();
        await system.AssertNoSurvivorsAsync(TimeSpan.FromSeconds(15));
    }
}
