using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Nbpy.EmbeddedInflux.Tests.Http;

/// <summary>The real program, or the real influxd, as a process on a free port with a directory of its own.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private readonly string _directory;
    private readonly bool _influxd;
    private readonly bool _auth;
    private readonly string[] _arguments;
    private readonly int _port = FreePort();

    public int Port => _port;

    public string DataDirectory => _directory;

    private Process _process;

    private ServerProcess(bool influxd, bool auth, string? directory, string[] arguments)
    {
        _influxd = influxd;
        _auth = auth;
        _arguments = arguments;
        _directory = directory ?? Directory.CreateTempSubdirectory("nbpy-influx-").FullName;
        Http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{_port}") };
        _process = Launch();
    }

    public HttpClient Http { get; }

    public static string? Influxd => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(p => Path.Combine(p, "influxd")).FirstOrDefault(File.Exists);

    /// <param name="influxd">The real one.</param>
    /// <param name="auth">Users must sign in.</param>
    /// <param name="directory">Its data; null: a new one.</param>
    /// <param name="arguments">More for the program's command line.</param>
    public static async Task<ServerProcess> StartAsync(bool influxd = false, bool auth = false, string? directory = null, params string[] arguments)
    {
        var server = new ServerProcess(influxd, auth, directory, arguments);
        await server.ReadyAsync();
        return server;
    }

    /// <summary>kill -9, then starts it again on the same directory.</summary>
    public async Task KillAndRestartAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = Launch();
        await ReadyAsync();
    }

    public async Task<(int Status, string Body)> WriteAsync(string query, HttpContent body)
    {
        using var response = await Http.PostAsync("/write?" + query, body);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    public async Task<string> QueryAsync(string query)
    {
        using var response = await Http.PostAsync("/query?db=db&epoch=ns&q=" + Uri.EscapeDataString(query), null);
        return await response.Content.ReadAsStringAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Http.Dispose();
        Directory.Delete(_directory, true);
    }

    private Process Launch()
    {
        var start = new ProcessStartInfo { RedirectStandardError = false, RedirectStandardOutput = false };
        if (_influxd)
        {
            var config = Path.Combine(_directory, "influxd.conf");
            File.WriteAllText(config, $"""
                reporting-disabled = true
                bind-address = "127.0.0.1:{FreePort()}"
                [meta]
                dir = "{_directory}/meta"
                [data]
                dir = "{_directory}/data"
                wal-dir = "{_directory}/wal"
                [monitor]
                store-enabled = false
                [http]
                bind-address = "127.0.0.1:{_port}"
                log-enabled = false
                auth-enabled = {(_auth ? "true" : "false")}
                [continuous_queries]
                log-enabled = false
                [logging]
                level = "error"
                """);
            start.FileName = Influxd!;
            start.ArgumentList.Add("-config");
            start.ArgumentList.Add(config);
        }
        else
        {
            start.FileName = "dotnet";
            foreach (var argument in new[] { Path.Combine(AppContext.BaseDirectory, "Nbpy.EmbeddedInflux.dll"), "--port", $"{_port}", "--data", _directory }
                .Concat(_auth ? ["--auth"] : []).Concat(_arguments))
            {
                start.ArgumentList.Add(argument);
            }
        }

        return Process.Start(start)!;
    }

    private async Task ReadyAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            Assert.False(_process.HasExited, "the server ended at its start");
            try
            {
                using var response = await Http.GetAsync("/ping", limit.Token);
                return;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(50, limit.Token);
            }
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
