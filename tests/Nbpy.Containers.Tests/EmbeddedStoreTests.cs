using System.Globalization;
using System.Text.Json.Nodes;

namespace Nbpy.Containers.Tests;

/// <summary>The embedded store in its image, as Compose runs it. Its code was trimmed: what it does by itself elsewhere it has to show here again.</summary>
[Collection(OneEngine.Name)]
public sealed class EmbeddedStoreTests(Images images) : IAsyncDisposable
{
    private static readonly (string Name, string Password) Admin = ("admin", "planted-admin-3V"), Writer = ("zmq", "planted-writer-4W"), Reader = ("nbpy_reader", "planted-reader-5X");
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);
    private readonly string folder = Directory.CreateTempSubdirectory("nbpy-embedded-").FullName;
    private readonly string container = "nbpy-embedded-" + Guid.NewGuid().ToString("N")[..8];

    [Fact]
    public async Task It_asks_for_passwords_takes_set_up_and_data_keeps_them_over_a_restart_is_backed_up_and_stops_when_it_is_told()
    {
        images.SkipWithoutEngine();
        File.Copy(Path.Combine(Shell.Root, "integration_config.json"), Path.Combine(folder, "integration_config.json"));

        // Without a network: what speaks to it does so on its own loopback.
        await Shell.MustAsync(
            folder, Limit, "docker", "run", "--detach", "--name", container, "--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--memory", "256m", "--network", "none", "--volume", "/data",
            "--env", $"INFLUXDB_ADMIN_USER={Admin.Name}", "--env", $"INFLUXDB_ADMIN_PASSWORD={Admin.Password}", $"nbpy/embeddedinflux:{Images.Version}", "--data", "/data/store", "--bind", "0.0.0.0", "--auth");
        await UntilHealthyAsync();
        var setUp = await NbpyAsync("retention", "create");
        Assert.Contains("created    user nbpy_reader (read)", setUp, StringComparison.Ordinal);
        Assert.Contains("created    continuous query kraken_tick_1m", setUp, StringComparison.Ordinal);
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var points = string.Create(CultureInfo.InvariantCulture, $"kraken_tick,pair=BTC/USD bid=10.5,note=\"x\" {now}000000000\nkraken_tick,pair=ETH/USD bid=2.5 {now}000000000");
        Assert.Equal("204", (await CurlAsync(Writer, "write?db=tick", points)).Status);
        Assert.Equal("403", (await CurlAsync(Reader, "write?db=tick", points)).Status);
        Assert.Equal("401", (await CurlAsync(("admin", "admin123"), "query", "q=SHOW DATABASES")).Status);
        Assert.Contains("2 points of 1 measurements", await NbpyAsync("backup", Path.Combine(folder, "backup")), StringComparison.Ordinal);

        await Shell.MustAsync(folder, Limit, "docker", "restart", container);
        await UntilHealthyAsync();
        Assert.DoesNotContain("created", await NbpyAsync("retention", "create"), StringComparison.Ordinal);
        var (status, read) = await CurlAsync(Reader, "query?db=tick", "q=SELECT mean(bid) FROM kraken_tick WHERE pair =~ /BTC/ GROUP BY time(365d), pair");
        Assert.Equal("200", status);
        Assert.Contains(",10.5]", read, StringComparison.Ordinal);

        await Shell.MustAsync(folder, Limit, "docker", "stop", container);
        Assert.Equal("exited 0", (await Shell.MustAsync(folder, Limit, "docker", "inspect", "--format", "{{.State.Status}} {{.State.ExitCode}}", container)).Trim());
        Assert.DoesNotContain("exception", await Shell.MustAsync(folder, Limit, "docker", "logs", container), StringComparison.OrdinalIgnoreCase);
    }

    public async ValueTask DisposeAsync()
    {
        await Shell.RunAsync(folder, Limit, "docker", "rm", "--force", "--volumes", container);
        Directory.Delete(folder, recursive: true);
    }

    private async Task UntilHealthyAsync()
    {
        var start = TimeProvider.System.GetTimestamp();
        while ((await Shell.RunAsync(folder, Limit, "docker", "exec", container, "/app/program", "health")).ExitCode != 0)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Limit, await Shell.MustAsync(folder, Limit, "docker", "logs", container));
            await Task.Delay(200, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>A program of this machine in the container's network.</summary>
    private async Task<string> InsideAsync(params string[] command)
    {
        var process = (await Shell.MustAsync(folder, Limit, "docker", "inspect", "--format", "{{.State.Pid}}", container)).Trim();
        return await Shell.MustAsync(folder, Limit, "nsenter", ["--target", process, "--net", "--", .. command]);
    }

    private Task<string> NbpyAsync(params string[] command)
    {
        var configuration = AppContext.BaseDirectory.Contains("/Release/", StringComparison.Ordinal) ? "Release" : "Debug";
        return InsideAsync(
        [
            "env", $"INFLUXDB_ADMIN_PASSWORD={Admin.Password}", $"INFLUXDB_PASSWORD={Writer.Password}", $"INFLUXDB_READER_PASSWORD={Reader.Password}",
            Path.Combine(Shell.Root, "Nbpy.Cli", "bin", configuration, "net10.0", "nbpy"), .. command, "--config", Path.Combine(folder, "integration_config.json"),
        ]);
    }

    private async Task<(string Status, string Body)> CurlAsync((string Name, string Password) account, string path, string data)
    {
        var output = await InsideAsync("curl", "-s", "-u", $"{account.Name}:{account.Password}", "-w", "\n%{http_code}", path.StartsWith("query", StringComparison.Ordinal) ? "--data-urlencode" : "--data-binary", data, $"http://127.0.0.1:8086/{path}");
        var end = output.LastIndexOf('\n');
        return (output[(end + 1)..], output[..end]);
    }
}
