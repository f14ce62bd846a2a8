using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace Nbpy.AppHost.Tests.Kubernetes;

/// <summary><c>nbpy wait</c>, the init container of every pod, with a real store.</summary>
public sealed class WaitTests : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);
    private readonly string folder = Directory.CreateTempSubdirectory("nbpy-wait-").FullName;
    private readonly CancellationTokenSource stop = new();
    private Task? store;

    [Fact]
    public async Task It_ends_when_the_address_answers_with_success_and_not_before()
    {
        using var listener = new HttpListener();
        var url = $"http://127.0.0.1:{Ports.Free()}/";
        listener.Prefixes.Add(url);
        listener.Start();
        var waiting = WaitAsync(url + "health", "--timeout", "60");
        for (var i = 0; i < 3; i++)
        {
            var request = await listener.GetContextAsync().WaitAsync(Limit, TestContext.Current.CancellationToken);
            Assert.False(waiting.IsCompleted);
            request.Response.StatusCode = i < 2 ? 503 : 200;
            request.Response.Close();
        }

        var (code, output) = await waiting;
        Assert.True(code == 0, output);
        Assert.Contains("waiting (status 503)", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_says_what_is_missing_when_its_time_is_over()
    {
        var url = $"http://127.0.0.1:{Ports.Free()}/health";
        var (code, output) = await WaitAsync(url, "--timeout", "2");
        Assert.Equal(1, code);
        Assert.Contains(url, output, StringComparison.Ordinal);
        (code, output) = await WaitAsync("sometime", "--timeout", "2");
        Assert.Equal(1, code);
        Assert.Contains("sometime: waiting (No host runs", output, StringComparison.Ordinal); // A service's name, and no host that knows one.
    }

    [Fact]
    public async Task The_store_is_ready_when_its_policies_are_made()
    {
        var port = Ports.Free();
        var config = await ConfigAsync(port);
        store = Shell.RunUntilAsync(folder, stop.Token, Published.Program("Nbpy.EmbeddedInflux", "Nbpy.EmbeddedInflux"), "--port", port.ToString(CultureInfo.InvariantCulture), "--data", Path.Combine(folder, "influxdb"));
        var (code, output) = await Shell.RunAsync(folder, Limit, Nbpy, "wait", $"http://127.0.0.1:{port}/ping", "--config", config, "--timeout", "30");
        Assert.True(code == 0, output);
        (code, output) = await Shell.RunAsync(folder, Limit, Nbpy, "wait", "store", "--config", config, "--timeout", "2");
        Assert.True(code == 1, output);

        var waiting = Shell.RunAsync(folder, Limit, Nbpy, "wait", "store", "--config", config, "--timeout", "30");
        await Shell.MustAsync(folder, Limit, Nbpy, "retention", "create", "--config", config);
        (code, output) = await waiting;
        Assert.True(code == 0, output);
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        if (store is not null)
            await store;
        stop.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private static string Nbpy => Published.Program("Nbpy.Cli", "nbpy");

    private async Task<(int ExitCode, string Output)> WaitAsync(params string[] args) =>
        await Shell.RunAsync(folder, Limit, Nbpy, ["wait", .. args, "--config", await ConfigAsync(Ports.Free())]);

    private async Task<string> ConfigAsync(int port)
    {
        var config = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Shell.Root, "integration_config.json"), TestContext.Current.CancellationToken))!;
        config["influxdb"]!["port"] = port;
        config["influxdb"]!["host"] = "127.0.0.1";
        var path = Path.Combine(folder, "integration_config.json");
        await File.WriteAllTextAsync(path, config.ToJsonString(), TestContext.Current.CancellationToken);
        return path;
    }
}
