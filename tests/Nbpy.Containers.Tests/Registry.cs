using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;

namespace Nbpy.Containers.Tests;

/// <summary>A registry of images (Debian's docker-registry) on this machine's loopback, empty at first.</summary>
public sealed class Registry : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private readonly string folder = Directory.CreateTempSubdirectory("nbpy-registry-").FullName;
    private readonly HttpClient http = new();
    private Process? server;

    /// <summary>What names of its images begin with. Engines and the SDK speak HTTP to <c>localhost</c>.</summary>
    public string Address { get; private set; } = "";

    /// <summary>Skips the test where it is not installed.</summary>
    public void SkipWhereMissing() => Assert.SkipWhen(server is null, "docker-registry is not installed.");

    /// <summary>The digest under which it has an image, of what <c>docker push</c> and the SDK make: an image manifest of schema 2.</summary>
    public async Task<string> DigestAsync(string repository, string tag)
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, new Uri($"http://{Address}/v2/{repository}/manifests/{tag}"));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/vnd.docker.distribution.manifest.v2+json"));
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        answer.EnsureSuccessStatusCode();
        return answer.Headers.GetValues("Docker-Content-Digest").Single();
    }

    public async ValueTask InitializeAsync()
    {
        if (Shell.Find("docker-registry") is not { } program)
            return;
        using (var listener = new TcpListener(IPAddress.Loopback, 0))
        {
            listener.Start();
            Address = $"localhost:{((IPEndPoint)listener.LocalEndpoint).Port}";
        }

        var config = Path.Combine(folder, "config.yml");
        await File.WriteAllTextAsync(config, $"version: 0.1\nlog: {{ level: error }}\nstorage: {{ filesystem: {{ rootdirectory: {folder}/data }} }}\nhttp: {{ addr: {Address} }}\n");
        server = Process.Start(new ProcessStartInfo(program, ["serve", config]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                using var answer = await http.GetAsync(new Uri($"http://{Address}/v2/"));
                return;
            }
            catch (HttpRequestException) when (!server.HasExited && TimeProvider.System.GetElapsedTime(start) < Limit)
            {
                // It does not listen yet.
                await Task.Delay(50);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (server is not null)
        {
            server.Kill();
            await server.WaitForExitAsync();
            server.Dispose();
        }

        http.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}
