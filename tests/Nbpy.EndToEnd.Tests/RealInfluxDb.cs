using System.Diagnostics;

namespace Nbpy.EndToEnd.Tests;

/// <summary>A real influxd in a folder of its own; the test is skipped where none is installed.</summary>
internal sealed class RealInfluxDb : IAsyncDisposable
{
    private readonly Process process;
    private readonly string folder;

    private RealInfluxDb(Process process, string folder, int port, int rpcPort) => (this.process, this.folder, Port, RpcPort) = (process, folder, port, rpcPort);

    public int Port { get; }

    /// <summary>Where it takes backups.</summary>
    public int RpcPort { get; }

    public static async Task<RealInfluxDb> StartAsync(bool authentication = false)
    {
        var program = Peers.Find("influxd");
        if (program is null)
            Assert.Skip("influxd is not installed (Debian's package influxdb).");
        var folder = Directory.CreateTempSubdirectory("nbpy-influxd-").FullName;
        var ports = TestSystem.FreePorts(2);
        var config = Path.Combine(folder, "influxdb.conf");
        await File.WriteAllTextAsync(config, $"""
            reporting-disabled = true
            bind-address = "127.0.0.1:{ports[0]}"
            [meta]
              dir = "{folder}/meta"
            [data]
              dir = "{folder}/data"
              wal-dir = "{folder}/wal"
            [coordinator]
              write-timeout = "60s"
            [http]
              bind-address = "127.0.0.1:{ports[1]}"
              log-enabled = false
              auth-enabled = {(authentication ? "true" : "false")}
            """);
        var process = Process.Start(new ProcessStartInfo(program, ["-config", config]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        process.ErrorDataReceived += (_, _) => { };
        process.OutputDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        using var http = new HttpClient();
        var start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                using var answer = await http.GetAsync($"http://127.0.0.1:{ports[1]}/ping", TestContext.Current.CancellationToken);
                return new RealInfluxDb(process, folder, ports[1], ports[0]);
            }
            catch (HttpRequestException) when (TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(30))
            {
                await Task.Delay(100, TestContext.Current.CancellationToken);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}
