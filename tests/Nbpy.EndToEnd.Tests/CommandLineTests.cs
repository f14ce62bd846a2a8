using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace Nbpy.EndToEnd.Tests;

/// <summary>What an operator does with <c>nbpy</c>, on a real system.</summary>
[Collection(OneSystem.Name)]
public sealed class CommandLineTests
{
    private static readonly TimeSpan RunLimit = TimeSpan.FromSeconds(180);
    private static readonly string[] Publishers = ["kraken-tick", "kraken-depth", "oanda-tick"];
    private static readonly string[] Subscribers = ["kraken-influxdb-tick", "kraken-influxdb-depth", "oanda-influxdb-tick"];

    [Fact]
    public async Task Started_in_the_background_it_is_watched_restarted_as_it_was_and_stopped_in_data_flow_order()
    {
        await using var system = TestSystem.Create();
        system.KeepOnly("kraken_tick", "kraken_tick_filtered", "kraken_depth", "oanda_tick");
        var host = TestSystem.Program("Nbpy.AppHost", "Nbpy.AppHost");
        await MustAsync(system, "Up: host process", "start", "--detach", "--app-host", host, "--source", "replay", "--influx", "embedded", "--grafana", "viewer");
        var log = Path.Combine(system.Folder, "logs", "host.log");
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(log));

        var before = (await system.StatusAsync())!;
        var dashboard = before["dashboard"]!.GetValue<string>();
        Assert.Matches(@"^http://localhost:\d+/login\?t=[0-9a-f]{32}$", dashboard);
        Assert.Contains(dashboard, await File.ReadAllTextAsync(log, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        await MustAsync(system, dashboard, "status");
        await MustAsync(system, system.ConfigPath, "ps");
        await MustAsync(system, "met after", "wait", "kraken_tick", "influxdb", "--timeout", "30");
        Assert.Equal(2, (await system.NbpyAsync("wait", "kraken_tock")).ExitCode);
        await MustAsync(system, "published", "describe", "kraken_tick");

        // Colour is for a terminal, and for one that wants it.
        Assert.Matches(@"\x1b\[\d+m", await OnTerminalAsync(system, "NO_COLOR="));
        Assert.DoesNotMatch(@"\x1b\[\d+m", await OnTerminalAsync(system, "NO_COLOR=1"));

        // What the dashboard has received.
        await Until(async () => (await system.NbpyAsync("telemetry", "logs", "kraken_tick")).Output.Contains("Publishing on", StringComparison.Ordinal));
        await Until(async () => JsonNode.Parse((await system.NbpyAsync("telemetry", "traces", "--json", "--limit", "3")).Output)!.AsArray().Count == 3);

        var (code, output) = await system.NbpyAsync(RunLimit, "restart", "--app-host", host);
        Assert.True(code == 0, output);
        Assert.Contains("Starting it again with --source replay --influx embedded --grafana viewer", output, StringComparison.Ordinal);
        var after = (await system.StatusAsync())!;
        Assert.NotEqual(before["pid"]!.GetValue<int>(), after["pid"]!.GetValue<int>());
        Assert.Equal(before["arguments"]!.ToJsonString(), after["arguments"]!.ToJsonString());

        var first = await File.ReadAllLinesAsync(Path.Combine(system.Folder, "logs", "host.1.log"), TestContext.Current.CancellationToken);
        AssertOrder(first, Publishers, Subscribers);
        AssertOrder(first, Subscribers, ["influxdb"]);
        Assert.Contains(first, l => l.Contains(" lost 0.", StringComparison.Ordinal));

        await MustAsync(system, "Stopped.", "stop");
        await system.AssertNoSurvivorsAsync(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task A_second_interrupt_kills_at_once_what_would_not_stop()
    {
        await using var system = TestSystem.Create();
        system.Start();
        await system.WaitForOutputAsync("Healthy", RunLimit);
        TestSystem.Kill(system.FindProcess("Nbpy.EmbeddedInflux")!.Value, 19);
        system.Signal(PosixSignal.SIGINT);
        await system.WaitForOutputAsync("once more kills everything", TimeSpan.FromSeconds(10));
        system.Signal(PosixSignal.SIGINT);
        Assert.Equal(130, await system.WaitForExitAsync(TimeSpan.FromSeconds(5)));
        Assert.Contains("Killed.", system.Output, StringComparison.Ordinal);
        await system.AssertNoSurvivorsAsync(TimeSpan.FromSeconds(5));
    }

    /// <summary>All of the first had ended before any of the second was asked to stop.</summary>
    private static void AssertOrder(string[] log, string[] first, string[] second)
    {
        int Line(string name, string state) => Array.FindLastIndex(log, l => l.Contains($"  {name} ", StringComparison.Ordinal) && l.Contains(state, StringComparison.Ordinal));
        var (ended, asked) = (first.Max(n => Line(n, " Finished")), second.Min(n => Line(n, " Stopping")));
        Assert.True(ended >= 0 && asked > ended, $"{ended}, {asked}:\n{string.Join('\n', log)}");
    }

    private static async Task MustAsync(TestSystem system, string said, params string[] arguments)
    {
        var (code, output) = await system.NbpyAsync(RunLimit, arguments);
        Assert.True(code == 0 && output.Contains(said, StringComparison.Ordinal), $"{string.Join(' ', arguments)}: {code}\n{output}\n{system.Logs()}");
    }

    private static async Task<string> OnTerminalAsync(TestSystem system, string variable)
    {
        var nbpy = TestSystem.Program("Nbpy.Cli", "nbpy");
        using var script = Process.Start(new ProcessStartInfo("script", ["-qec", $"env {variable} {nbpy} status --config {system.ConfigPath}", "/dev/null"]) { RedirectStandardOutput = true, RedirectStandardInput = true })!;
        return await script.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
    }

    private static async Task Until(Func<Task<bool>> condition)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(60), "not within a minute");
            await Task.Delay(200, TestContext.Current.CancellationToken);
        }
    }
}
