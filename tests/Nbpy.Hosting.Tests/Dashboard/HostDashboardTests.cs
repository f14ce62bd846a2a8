using System.Net;
using System.Net.Sockets;
using Nbpy.Hosting.ApplicationModel;

namespace Nbpy.Hosting.Tests.Dashboard;

public sealed class HostDashboardTests
{
    private const string Token = "token-of-the-test-run";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task TheDashboardShowsAResourceAsTheHostRunsItWithItsSecretsMasked()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The test starts /bin/sh.");
        var folder = Directory.CreateTempSubdirectory("nbpy-dashboard-").FullName;
        var port = FreePort();
        var builder = DistributedApplication.CreateBuilder(
        [
            $"--Nbpy:Dashboard:Port={port}", $"--Nbpy:Dashboard:Token={Token}", $"--Nbpy:LogDirectory={folder}",
        ]);
        var secret = builder.AddParameter("door", "hidden-by-the-model", secret: true);
        var first = builder.AddExecutable("first", "/bin/sh", folder, "-c", "echo hello; sleep 60").WithEnvironment("PLAIN", "seen").WithEnvironment("API_TOKEN", "hidden-by-its-name").WithEnvironment("DOOR", secret);
        builder.AddExecutable("second", "/bin/sh", folder, "-c", "sleep 60").WaitFor(first).WithEnvironment("DOOR", secret).WithParentRelationship(first);
        builder.AddParameter("region", "eu-west");
        builder.AddParameter("unset");
        await using (var app = builder.Build())
        {
            await app.StartAsync(Cancel);
            await app.ResourceNotifications.WaitForResourceAsync("second", KnownResourceStates.Running, Cancel);
            using var client = new HttpClient { BaseAddress = new Uri($"http://localhost:{port}"), DefaultRequestHeaders = { { "Accept", "text/html" } } };
            await client.GetStringAsync($"/login?t={Token}", Cancel);
            var page = await UntilAsync(client, "/?details=first", "API_TOKEN");
            foreach (var text in (string[])["second", "Running", "/bin/sh", "PLAIN", "seen", "DOOR"])
                Assert.Contains(text, page, StringComparison.Ordinal);
            Assert.DoesNotContain("hidden-by", page, StringComparison.Ordinal);
            var second = await client.GetStringAsync("/?details=second", Cancel);
            foreach (var text in (string[])["WaitFor", "Parent", "Reference", "door"])
                Assert.Contains(text, second, StringComparison.Ordinal);
            var parameters = await client.GetStringAsync("/?view=parameters", Cancel);
            foreach (var text in (string[])["door", "eu-west", "has no value", "/?details=second"])
                Assert.Contains(text, parameters, StringComparison.Ordinal);
            Assert.DoesNotContain("hidden-by", parameters, StringComparison.Ordinal);
        }

        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task APortThatWasAskedForAndIsTakenEndsTheStartWithTheMend()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        await using var app = DistributedApplication.CreateBuilder([$"--Nbpy:Dashboard:Port={port}"]).Build();
        var e = await Assert.ThrowsAsync<DistributedApplicationException>(() => app.StartAsync(Cancel));
        Assert.Contains($"{port}", e.Message, StringComparison.Ordinal);
    }

    /// <summary>The adapter follows the host's notifications: the page has it a moment later.</summary>
    private static async Task<string> UntilAsync(HttpClient client, string path, string text)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        var page = "";
        for (var i = 0; i < 200; i++)
        {
            page = await client.GetStringAsync(path, Cancel);
            if (page.Contains(text, StringComparison.Ordinal))
                return page;
            await timer.WaitForNextTickAsync(Cancel);
        }

        Assert.Fail($"'{text}' did not come within 10 s: {page[..Math.Min(500, page.Length)]}");
        return page;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
