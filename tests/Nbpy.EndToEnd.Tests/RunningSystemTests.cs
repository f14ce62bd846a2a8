using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit.v3;

namespace Nbpy.EndToEnd.Tests;

/// <summary>What a running system gives to any client, to a browser and to the operator: one system for all tests, in the order in which they stand
/// here, for the last one stops it.</summary>
[Collection(OneSystem.Name)]
[TestMethodOrderer(typeof(UnorderedTestMethodOrderer))]
public sealed class RunningSystemTests(RunningSystem running, Chromium chromium) : IClassFixture<RunningSystem>, IClassFixture<Chromium>
{
    private readonly TestSystem system = running.System;
    private readonly List<string> errors = [];

    [Fact]
    public Task Every_panel_of_every_dashboard_shows_data_of_the_running_system() => SeeAsync(d => d.SeeEveryPageAsync("light", "dark"));

    [Fact]
    public Task Every_page_fits_a_phone() => SeeAsync(d => d.SeeEveryPageAsync("dark"), 390, 844);

    [Fact]
    public Task Pair_range_theme_and_zoom_are_changed_and_the_figures_move_on_as_the_stores_do() => SeeAsync(async d =>
    {
        await d.SeeTheOverviewMoveAsync();
        await d.UseAQuotesPageAsync();
    });

    [Fact]
    public async Task A_running_system_serves_any_client()
    {
        await AssertStoreAnswersAsync();
        await AssertViewerAnswersAsync();
        await AssertPythonReadsEveryTopicAsync();
    }

    [Fact]
    public async Task The_operators_command_shows_restarts_reads_logs_and_stops_a_running_host_and_nothing_is_lost()
    {
        var (code, output) = await system.NbpyAsync("status");
        Assert.True(code == 0, output);
        Assert.Matches(@"kraken-influxdb-tick\s+healthy\s+0", output);
        var tick = await ServiceAsync("kraken-tick");
        Assert.Equal(system.TopicPorts["kraken_tick"], tick["ports"]!["zmq"]!.GetValue<int>());
        Assert.True(tick["memoryBytes"]!.GetValue<long>() > 10_000_000);
        Assert.True(tick["counters"]!["published"]!.GetValue<long>() > 50);

        // A restart takes no neighbour down.
        var neighbours = system.FindProcess("Nbpy.Subscribers kraken_influxdb_tick");
        var before = system.FindProcess("Nbpy.Publishers kraken_tick");
        (code, output) = await system.NbpyAsync("restart", "kraken_tick");
        Assert.True(code == 0, output);
        var start = TimeProvider.System.GetTimestamp();
        while ((await ServiceAsync("kraken-tick"))["healthy"]?.GetValue<bool>() != true)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(60), "not within a minute:\n" + system.Output);
            await Task.Delay(200, TestContext.Current.CancellationToken);
        }

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
        ClosingSums.AssertNothingLost(system);
        Assert.False(File.Exists(socket));
        await system.AssertNoSurvivorsAsync(TimeSpan.FromSeconds(5));
        (code, output) = await system.NbpyAsync("status");
        Assert.True(code == 1 && output.Contains("No host runs", StringComparison.Ordinal), output);
    }

    private async Task SeeAsync(Func<LiveDashboards, Task> see, int width = 1280, int height = 800)
    {
        var page = await chromium.OpenAsync(errors, width, height);
        try
        {
            await see(new LiveDashboards(system, page));
        }
        catch
        {
            TestContext.Current.TestOutputHelper!.WriteLine(system.Output + system.Logs());
            throw;
        }

        Assert.Empty(errors);
        await page.Context.CloseAsync();
    }

    private async Task<JsonNode> ServiceAsync(string name) =>
        (await system.StatusAsync())!["services"]!.AsArray().Single(s => s!["name"]!.GetValue<string>() == name)!;

    private async Task AssertStoreAnswersAsync()
    {
        using var http = new HttpClient();
        var query = Uri.EscapeDataString("SELECT count(bid), mean(ask) FROM kraken_tick WHERE time > now() - 1m GROUP BY time(10s), pair");
        var text = await http.GetStringAsync($"http://localhost:{system.StorePort}/query?db=tick&q={query}", TestContext.Current.CancellationToken);
        var series = JsonNode.Parse(text)!["results"]![0]!["series"]!.AsArray();
        Assert.NotEmpty(series);
        foreach (var one in series)
        {
            Assert.Equal(["time", "count", "mean"], one!["columns"]!.AsArray().Select(c => c!.GetValue<string>()));
            Assert.NotEqual("", one["tags"]!["pair"]!.GetValue<string>());
            Assert.InRange(one["values"]!.AsArray().Count, 6, 7);
            Assert.True(one["values"]!.AsArray().Sum(v => v![1]!.GetValue<int>()) > 0, text);
        }
    }

    private async Task AssertViewerAnswersAsync()
    {
        using var http = new HttpClient();
        var health = await http.GetStringAsync($"http://localhost:{system.GrafanaPort}/api/health", TestContext.Current.CancellationToken);
        Assert.Equal("ok", JsonDocument.Parse(health).RootElement.GetProperty("database").GetString());
        Assert.Contains("<html", await http.GetStringAsync($"http://localhost:{system.GrafanaPort}/", TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    private async Task AssertPythonReadsEveryTopicAsync()
    {
        var python = Peers.PythonWithZmq();
        if (python is null)
        {
            TestContext.Current.AddWarning("No Python with zmq and msgpack: the Python client was not tried.");
            return;
        }

        var args = system.TopicPorts.Select(t => $"{t.Key}={t.Value}");
        var start = new ProcessStartInfo(python, [Path.Combine(TestSystem.Root, "tests", "Nbpy.EndToEnd.Tests", "read_topics.py"), .. args])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, await output + await error);
    }
}
