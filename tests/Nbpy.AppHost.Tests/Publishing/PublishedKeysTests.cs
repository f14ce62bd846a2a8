using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Nbpy.AppHost.Tests.Kubernetes;
using Nbpy.Messaging;

namespace Nbpy.AppHost.Tests.Publishing;

/// <summary>A published publisher started as its container starts it, with the keys as they are mounted there.</summary>
public sealed class PublishedKeysTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly Published published = new();

    [Theory]
    [InlineData("644")] // A bind mount of the published folder.
    [InlineData("440")] // A Secret of Kubernetes.
    public async Task A_publisher_takes_the_secret_key_with_the_mode_that_it_is_mounted_with(string mode)
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no modes.");
            return;
        }

        var keys = Path.Combine(published.Folder, "made");
        CurveKeys.Create().Write(keys);
        var folder = await published.PublishAsync("compose", c =>
        {
            c["system"]!["curve_keys"] = keys;
            c["publishers"]![0]!["port"] = Free();
            c["publishers"]![0]!["replay_port"] = Free();
            c["subscribers"]![0]!["publisher_port"] = c["publishers"]![0]!["port"]!.GetValue<int>();
        });
        var mounted = Path.Combine(folder, "secrets", "keys-of-publishers");
        Assert.Equal("644", Convert.ToString((int)File.GetUnixFileMode(Path.Combine(mounted, CurveKeys.SecretFile)), 8));
        File.SetUnixFileMode(Path.Combine(mounted, CurveKeys.SecretFile), (UnixFileMode)Convert.ToInt32(mode, 8));

        // The container's folders are this folder's.
        var health = Free();
        string Here(string text) => text.Replace("/etc/nbpy/keys", mounted, StringComparison.Ordinal)
            .Replace("/etc/nbpy/integration_config.json", Path.Combine(folder, "config", "integration_config.json"), StringComparison.Ordinal)
            .Replace("/data", Path.Combine(published.Folder, "data"), StringComparison.Ordinal);
        var variables = Published.Variables(Published.Services(folder)["kraken-tick"]).Where(v => !v.Value.StartsWith("${", StringComparison.Ordinal)).ToDictionary(v => v.Key, v => Here(v.Value));
        variables["NBPY_BIND_HOST"] = "127.0.0.1";
        variables["NBPY_HEALTH_PORT"] = health.ToString(CultureInfo.InvariantCulture);
        var start = new ProcessStartInfo(Published.Program("Nbpy.Publishers", "Nbpy.Publishers"), ["kraken_tick", "--config", Here("/etc/nbpy/integration_config.json"), "--source", "simulated"])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        foreach (var (name, value) in variables)
            start.Environment[name] = value;
        using var publisher = Process.Start(start)!;
        try
        {
            var output = publisher.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            var error = publisher.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            using var http = new HttpClient { Timeout = Limit };
            while (!await IsAliveAsync(http, health))
            {
                if (publisher.HasExited)
                    Assert.Fail(await output + await error);
                await Task.Delay(50, TestContext.Current.CancellationToken);
            }
        }
        finally
        {
            publisher.Kill(entireProcessTree: true);
            await publisher.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
    }

    public void Dispose() => published.Dispose();

    private static async Task<bool> IsAliveAsync(HttpClient http, int port)
    {
        try
        {
            return (await http.GetAsync(new Uri($"http://127.0.0.1:{port}/alive"), TestContext.Current.CancellationToken)).IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            // Nobody listens yet.
            return false;
        }
    }

    private static int Free()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
