using System.Diagnostics;

namespace Nbpy.EmbeddedInflux.Tests.Http;

/// <summary>The store opens to a network only where people sign in, with a password that not everybody knows.</summary>
public sealed class OpeningTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("nbpy-store-opening-").FullName;

    [Theory]
    [InlineData("nobody has to sign in", new string[0])]
    [InlineData("nobody has to sign in", new[] { "--no-auth" })]
    [InlineData("everybody knows the password", new[] { "--auth" }, "INFLUXDB_ADMIN_PASSWORD=admin123", "INFLUXDB_ADMIN_USER=admin")]
    [InlineData("whoever comes first", new[] { "--auth" })]
    public async Task It_refuses_to_open_otherwise(string reason, string[] args, params string[] variables)
    {
        using var store = Start(args, variables);
        var error = await store.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await store.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Contains(reason, error, StringComparison.Ordinal);
        Assert.Equal(2, store.ExitCode);
    }

    [Fact]
    public async Task It_opens_with_a_password_which_may_lie_in_a_file()
    {
        var secret = Path.Combine(folder, "password");
        await File.WriteAllTextAsync(secret, "chosen-by-somebody\n", TestContext.Current.CancellationToken);
        using var store = Start(["--auth"], ["INFLUXDB_ADMIN_USER=root", $"INFLUXDB_ADMIN_PASSWORD_FILE={secret}"]);
        try
        {
            var line = await store.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
            Assert.Contains("users sign in", line, StringComparison.Ordinal);
            using var http = new HttpClient();
            var port = line!.Split(',')[0].Split(':')[^1];
            Assert.Equal(System.Net.HttpStatusCode.OK, (await http.GetAsync(new Uri($"http://127.0.0.1:{port}/query?q=SHOW+USERS&u=root&p=chosen-by-somebody"), TestContext.Current.CancellationToken)).StatusCode);
            Assert.Equal(System.Net.HttpStatusCode.Unauthorized, (await http.GetAsync(new Uri($"http://127.0.0.1:{port}/query?q=SHOW+USERS"), TestContext.Current.CancellationToken)).StatusCode);
        }
        finally
        {
            store.Kill();
            await store.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private Process Start(string[] args, string[] variables)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Nbpy.EmbeddedInflux.dll"), "--bind", "0.0.0.0", "--port", "0", "--data", Path.Combine(folder, "data"), .. args])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        foreach (var variable in variables.Select(v => v.Split('=', 2)))
            start.Environment[variable[0]] = variable[1];
        return Process.Start(start)!;
    }
}
