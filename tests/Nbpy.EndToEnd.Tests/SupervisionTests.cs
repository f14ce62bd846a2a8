using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Nbpy.EndToEnd.Tests;

/// <summary>Real processes killed, stopped and stormed under a real host.</summary>
[Collection(OneSystem.Name)]
public sealed partial class SupervisionTests
{
    private static readonly TimeSpan RunLimit = TimeSpan.FromSeconds(180);

    [Fact]
    public async Task Publishers_subscribers_and_the_store_restarted_by_command_and_killed_at_random_under_load_come_back_and_nothing_is_lost()
    {
        await using var system = TestSystem.Create();
        system.Config["supervision"] = new JsonObject { ["initial_backoff"] = 0.2, ["max_backoff"] = 1, ["max_restarts"] = 1000 };
        foreach (var publisher in system.Config["publishers"]!.AsArray())
            if (publisher!["class"]!.GetValue<string>() != "DataFilterPublisher")
                publisher["rate"] = 200;
        system.Start("--source", "simulated");
        await system.WaitForOutputAsync("Streaming. Ctrl+C", RunLimit);

        // By command, each of them: no death, no budget used, and no neighbour goes down.
        foreach (var (name, command) in ((string, string)[])[("kraken_tick", "Nbpy.Publishers kraken_tick"), ("kraken_influxdb_tick", "Nbpy.Subscribers kraken_influxdb_tick"), ("influxdb", "Nbpy.EmbeddedInflux")])
        {
            var others = system.Survivors().Where(s => !s.Contains(command, StringComparison.Ordinal)).ToHashSet();
            var before = system.FindProcess(command);
            var (code, said) = await system.NbpyAsync("restart", name);
            Assert.True(code == 0, said + system.Output);
            await Until(async () => system.FindProcess(command) is { } now && now != before && (await ServiceAsync(system, name.Replace('_', '-')))["healthy"]?.GetValue<bool>() == true, system);
            Assert.Subset(system.Survivors().ToHashSet(), others.Where(o => o.Contains("Nbpy.Publishers", StringComparison.Ordinal) || o.Contains("Nbpy.Subscribers", StringComparison.Ordinal)).ToHashSet());
        }

        Assert.Equal(0, (await system.StatusAsync())!["services"]!.AsArray().Sum(s => s!["restarts"]!.GetValue<int>()));
        var random = new Random(20261123);
        string[] victims = ["Nbpy.Publishers kraken_tick", "Nbpy.Subscribers kraken_influxdb_tick", "Nbpy.EmbeddedInflux", "Nbpy.Subscribers oanda_influxdb_tick", "Nbpy.Publishers oanda_tick"];
        var killed = new HashSet<int>();
        for (var round = 0; round < 14; round++)
        {
            // A victim that is still on its way back is left alone; the next round comes anyway.
            if (system.FindProcess(victims[random.Next(victims.Length)]) is { } pid && killed.Add(pid))
                TestSystem.Kill(pid, 9);
            await Task.Delay(random.Next(300, 2_500), TestContext.Current.CancellationToken);
        }

        await Until(async () => (await system.StatusAsync())!["services"]!.AsArray().All(s => s!["healthy"]?.GetValue<bool>() != false && s["state"]!.GetValue<string>() is "Running" or "Finished"), system);
        var restarts = (await system.StatusAsync())!["services"]!.AsArray().Sum(s => s!["restarts"]!.GetValue<int>());
        Assert.True(killed.Count >= 5 && restarts == killed.Count, $"{killed.Count} were killed, {restarts} restarted.\n{system.Output}");

        // Every topic once more, so that each has a message after its last gap.
        await Task.Delay(2_000, TestContext.Current.CancellationToken);
        system.Signal(PosixSignal.SIGINT);
        Assert.Equal(0, await system.WaitForExitAsync(TimeSpan.FromSeconds(40)));
        foreach (var (topic, field) in ((string, string)[])[("kraken_tick", "bid"), ("oanda_tick", "bid"), ("kraken_depth", "bid_price")])
        {
            var line = Sums(topic).Match(system.Output);
            Assert.True(line.Success, system.Output);
            long Number(string group) => long.Parse(line.Groups[group].Value, NumberStyles.AllowThousands, CultureInfo.InvariantCulture);
            Assert.True(Number("published") > 1_000, line.Value);
            Assert.True(Number("published") == Number("stored") + Number("spooled"), line.Value + system.Logs());
            Assert.True(Number("lost") == 0, line.Value);

            // What the services count is what the store holds: every message one point, once.
            Assert.Equal(Number("published"), await system.CountPointsAsync(topic, field));
        }

        await system.AssertNoSurvivorsAsync(TimeSpan.FromSeconds(5));
    }

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
        await Until(() => Task.FromResult(system.FindProcess("Nbpy.Publishers betfair_stream") is { } now && now != hung), system);
        Assert.Contains("has not answered", system.Output, StringComparison.Ordinal);

        // Dies whenever it comes.
        await Until(
            async () =>
            {
                if (system.FindProcess("Nbpy.Publishers kraken_tick") is { } pid)
                    TestSystem.Kill(pid, 9);
                return (await ServiceAsync(system, "kraken-tick"))["state"]!.GetValue<string>() == "Fatal";
            },
            system);
        var fatal = await ServiceAsync(system, "kraken-tick");
        Assert.Equal(3, fatal["restarts"]!.GetValue<int>());
        Assert.Contains("nbpy restart", fatal["reason"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal("Running", (await ServiceAsync(system, "kraken-depth"))["state"]!.GetValue<string>());

        var (code, output) = await system.NbpyAsync("restart", "kraken_tick");
        Assert.True(code == 0, output);
        await Until(async () => (await ServiceAsync(system, "kraken-tick"))["healthy"]?.GetValue<bool>() == true, system);

        Assert.True(system.Survivors().Count > system.Services, string.Join('\n', system.Survivors()));
        system.KillHost();
        await system.AssertNoSurvivorsAsync(TimeSpan.FromSeconds(15));
    }

    private static async Task<JsonNode> ServiceAsync(TestSystem system, string name) =>
        (await system.StatusAsync())!["services"]!.AsArray().Single(s => s!["name"]!.GetValue<string>() == name)!;

    private static async Task Until(Func<Task<bool>> condition, TestSystem system)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(60), "not within a minute:\n" + system.Output);
            await Task.Delay(200, TestContext.Current.CancellationToken);
        }
    }

    private static Regex Sums(string topic) => new($@"^  {topic} +(?<published>[\d,]+) +(?<stored>[\d,]+) +(?<spooled>[\d,]+) +(?<rejected>[\d,]+) +(?<lost>[\d,]+)", RegexOptions.Multiline);
}
