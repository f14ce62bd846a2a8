using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace Nbpy.EmbeddedInflux.Tests.InfluxQl;

/// <summary>A real influxd on spare ports with the sample's points, stopped and deleted afterwards.</summary>
public sealed class Influxd : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("nbpy-influxql-").FullName;
    private readonly HttpClient _client = new();
    private Process? _process;

    /// <summary>Why there is none; null when there is one.</summary>
    public string? Missing { get; private set; }

    public async ValueTask InitializeAsync()
    {
        var program = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Select(p => Path.Combine(p, "influxd")).FirstOrDefault(File.Exists);
        if (program is null)
        {
            Missing = "influxd is not on PATH";
            return;
        }

        var (http, rpc) = (FreePort(), FreePort());
        var config = Path.Combine(_directory, "influxdb.conf");
        await File.WriteAllTextAsync(config, $"""
            reporting-enabled = false
            bind-address = "127.0.0.1:{rpc}"
            [meta]
            dir = "{_directory}/meta"
            [data]
            dir = "{_directory}/data"
            wal-dir = "{_directory}/wal"
            [monitor]
            store-enabled = false
            [coordinator]
              write-timeout = "60s"
            [http]
            bind-address = "127.0.0.1:{http}"
            log-enabled = false
            """);
        var start = new ProcessStartInfo(program, ["-config", config]) { RedirectStandardError = true, RedirectStandardOutput = true };
        _process = Process.Start(start)!;
        _process.ErrorDataReceived += (_, _) => { };
        _process.OutputDataReceived += (_, _) => { };
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
        _client.BaseAddress = new Uri($"http://127.0.0.1:{http}");
        var deadline = Stopwatch.StartNew();
        while (!await AnswersAsync())
        {
            if (deadline.Elapsed > TimeSpan.FromSeconds(30) || _process.HasExited)
                throw new InvalidOperationException("influxd did not start");
            await Task.Delay(50);
        }

        await QueryAsync("CREATE DATABASE d");
        using var content = new StringContent(string.Join('\n', Sample.Lines));
        (await _client.PostAsync("/write?db=d", content)).EnsureSuccessStatusCode();
    }

    /// <summary>The whole answer.</summary>
    public async Task<JsonElement> QueryAsync(string query)
    {
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["q"] = query, ["db"] = Sample.Database, ["epoch"] = "ns" });
        var answer = await _client.PostAsync("/query", form);
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
            _process.Dispose();
        }

        _client.Dispose();
        Directory.Delete(_directory, true);
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            return (await _client.GetAsync("/ping")).StatusCode == HttpStatusCode.NoContent;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
