using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Nbpy.Containers.Tests;

/// <summary><c>nbpy backup</c> and <c>restore</c> of an InfluxDB in a container, whose port for backups is its own loopback's.</summary>
public sealed partial class ComposeTests
{
    private const string AdminPassword = "planted-admin-2U";

    [Fact]
    public async Task InfluxDB_in_a_container_is_backed_up_as_Compose_runs_it_and_restored_as_the_host_runs_it()
    {
        images.SkipWithoutEngine();
        var port = Ports.Free();
        var (source, target) = (project + "-source", project + "-target");
        var config = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Shell.Root, "integration_config.json"), TestContext.Current.CancellationToken))!;
        config["influxdb"]!["port"] = port;
        config["docker"]!["services"]!["influxdb"]!["port"] = port;
        config["docker"]!["services"]!["influxdb"]!["container_name"] = target;
        var path = Path.Combine(folder, "integration_config.json");
        await File.WriteAllTextAsync(path, config.ToJsonString(), TestContext.Current.CancellationToken);
        var backup = Path.Combine(folder, "backup");
        try
        {
            // As Compose runs it: no port on this machine, and a root that may not be written to.
            await Task.WhenAll(RunStoreAsync(source, "--read-only", "--tmpfs", "/tmp"), RunStoreAsync(target, "--publish", $"127.0.0.1:{port}:8086"));
            var address = (await Shell.MustAsync(folder, Limit, "docker", "inspect", "--format", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", source)).Trim();
            using var from = await StoreAsync($"http://{address}:8086");
            await AskAsync(from, "query", "CREATE DATABASE tick");
            await AskAsync(from, "write", string.Concat(Enumerable.Range(1, 300).Select(i => $"kraken_tick,pair=P{i % 3} bid={i}.25,note=\"x {i}\" {i}000000000\n")));

            var output = await NbpyAsync(path, "backup", backup, "--container", source);
            Assert.Contains("300 points of 1 measurements", output, StringComparison.Ordinal);

            // The host's own container is found by its name in the configuration.
            output = await NbpyAsync(path, "restore", backup);
            Assert.Contains("✓ restored and compared: 300 points", output, StringComparison.Ordinal);
            using var to = await StoreAsync($"http://127.0.0.1:{port}");
            Assert.Contains(",300]", await AskAsync(to, "query", "SELECT count(bid) FROM autogen.kraken_tick"), StringComparison.Ordinal);
            Assert.DoesNotContain("proof", await AskAsync(from, "query", "SHOW DATABASES") + await AskAsync(to, "query", "SHOW DATABASES"), StringComparison.Ordinal);
            foreach (var store in (string[])[source, target])
                Assert.DoesNotContain("nbpy-copy", await Shell.MustAsync(folder, Limit, "docker", "exec", store, "sh", "-c", "echo /var/lib/influxdb/*"), StringComparison.Ordinal);

            var (code, said) = await Shell.RunAsync(folder, Limit, Nbpy, "backup", Path.Combine(folder, "none"), "--container", project + "-none", "--config", path);
            Assert.True(code == 1 && said.Contains("cannot be used", StringComparison.Ordinal), said);
        }
        finally
        {
            await Shell.RunAsync(folder, Limit, "docker", "rm", "--force", "--volumes", source, target);
        }
    }

    private static string Nbpy => Path.Combine(
        Shell.Root, "Nbpy.Cli", "bin", AppContext.BaseDirectory.Contains("/Release/", StringComparison.Ordinal) ? "Release" : "Debug", "net10.0", "nbpy");

    private Task<string> NbpyAsync(string config, params string[] args) =>
        Shell.MustAsync(folder, Limit, "env", [$"INFLUXDB_ADMIN_PASSWORD={AdminPassword}", Nbpy, .. args, "--config", config]);

    private Task<string> RunStoreAsync(string name, params string[] options) => Shell.MustAsync(
        folder, Limit, "docker",
        ["run", "--detach", "--name", name, "--env", "INFLUXDB_HTTP_AUTH_ENABLED=true", "--env", "INFLUXDB_ADMIN_USER=admin", "--env", $"INFLUXDB_ADMIN_PASSWORD={AdminPassword}", .. options, StoreImage]);

    private static async Task<HttpClient> StoreAsync(string url)
    {
        var http = new HttpClient { BaseAddress = new Uri(url) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"admin:{AdminPassword}")));
        var start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                await AskAsync(http, "query", "SHOW DATABASES");
                return http;
            }
            catch (HttpRequestException) when (TimeProvider.System.GetElapsedTime(start) < Limit)
            {
                // Its first start makes the administrator before it listens.
                await Task.Delay(100, TestContext.Current.CancellationToken);
            }
        }
    }

    private static async Task<string> AskAsync(HttpClient http, string path, string text)
    {
        using HttpContent content = path == "write" ? new StringContent(text) : new FormUrlEncodedContent([new("q", text)]);
        using var response = await http.PostAsync(new Uri($"{path}?db=tick", UriKind.Relative), content, TestContext.Current.CancellationToken);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }
}
