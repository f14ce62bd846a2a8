using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Nbpy.Grafana.Tests;

/// <summary>Debian's influxd, or the embedded store, on free ports with a folder of its own.</summary>
internal sealed class StoreProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _folder;
    private readonly HttpClient _http;

    private StoreProcess(Process process, string folder, int port)
    {
        _process = process;
        _folder = folder;
        Port = port;
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
    }

    public int Port { get; }

    private static string? Program => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Select(p => Path.Combine(p, "influxd")).FirstOrDefault(File.Exists);

    /// <summary>Starts <c>influxd</c> (skipped where there is none) or <c>embedded</c>.</summary>
    public static Task<StoreProcess> StartOrSkipAsync(string kind, CancellationToken cancel) => kind == "influxd" ? StartInfluxdAsync(cancel) : StartEmbeddedAsync(cancel);

    private static Task<StoreProcess> StartEmbeddedAsync(CancellationToken cancel)
    {
        var folder = Directory.CreateTempSubdirectory("nbpy-embedded-").FullName;
        var port = FreePort();
        return StartAsync("dotnet", [Path.Combine(AppContext.BaseDirectory, "Nbpy.EmbeddedInflux.dll"), "--port", $"{port}", "--data", Path.Combine(folder, "data"), "--no-auth"], folder, port, cancel);
    }

    private static async Task<StoreProcess> StartInfluxdAsync(CancellationToken cancel)
    {
        Assert.SkipWhen(Program is null, "influxd is not on the PATH.");
        var folder = Directory.CreateTempSubdirectory("nbpy-influxd-").FullName;
        var port = FreePort();
        var config = Path.Combine(folder, "influxdb.conf");
        await File.WriteAllTextAsync(config, $"""
            reporting-disabled = true
            bind-address = "127.0.0.1:{FreePort()}"
            [meta]
              dir = "{folder}/meta"
            [data]
              dir = "{folder}/data"
              wal-dir = "{folder}/wal"
            [coordinator]
              write-timeout = "60s"
            [http]
              bind-address = "127.0.0.1:{port}"
              log-enabled = false
            """, cancel);
        return await StartAsync(Program!, ["-config", config], folder, port, cancel);
    }

    private static async Task<StoreProcess> StartAsync(string program, string[] arguments, string folder, int port, CancellationToken cancel)
    {
        var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        var influx = new StoreProcess(process, folder, port);
        for (var i = 0; i < 600; i++)
        {
            try
            {
                using var answer = await influx._http.GetAsync("/ping", cancel);
                return influx;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(50, cancel);
            }
        }
        await influx.DisposeAsync();
        throw new TimeoutException("The store did not start.");
    }

    public Task<string> QueryAsync(string query, CancellationToken cancel) => PostAsync("/query?db=tick&q=" + Uri.EscapeDataString(query), "", cancel);

    public Task<string> WriteAsync(string lines, CancellationToken cancel, string policy = "default") => PostAsync("/write?db=tick&rp=" + policy, lines, cancel);

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<string> PostAsync(string path, string body, CancellationToken cancel)
    {
        using var content = new StringContent(body, Encoding.UTF8);
        using var answer = await _http.PostAsync(path, content, cancel);
        var text = await answer.Content.ReadAsStringAsync(cancel);
        Assert.True(answer.IsSuccessStatusCode, text);
        return text;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
