using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Nbpy.AppHost.Tests.Kubernetes;

namespace Nbpy.AppHost.Tests.Cli;

/// <summary>The libraries as packages: packed into a folder, and the samples built against them where there is no clone.</summary>
public sealed class PackagesTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);
    private static readonly string[] Libraries = ["Nbpy.Messaging", "Nbpy.Influx", "Nbpy.ServiceDefaults"];
    private readonly string folder = Directory.CreateTempSubdirectory("nbpy-packages-").FullName;
    private readonly List<string> lines = [];

    [Fact]
    public async Task Samples_outside_the_clone_restore_from_the_packages_build_and_run()
    {
        var token = TestContext.Current.CancellationToken;
        var packages = Path.Combine(folder, "packages");
        var build = Published.Program("Nbpy.Cli", "nbpy").Contains("/Release/", StringComparison.Ordinal) ? "Release" : "Debug";
        foreach (var library in Libraries)
            await Shell.MustAsync(Shell.Root, Limit, "dotnet", "pack", library, "--no-build", "-c", build, "-o", packages, "-nologo", "-p:NbpyMachineCode=false");
        Assert.Equal(Libraries.Length, Directory.EnumerateFiles(packages, "*.nupkg").Count());

        foreach (var file in (string[])["FromPackages.csproj", "Program.cs", "nuget.config", "Directory.Build.props"])
            File.Copy(Path.Combine(Shell.Root, "samples", "FromPackages", file), Path.Combine(folder, file));
        await BuildAsync(folder, "FromPackages.csproj");
        await using var store = await StoreAsync(token);
        var output = await Shell.MustAsync(folder, Limit, "dotnet", Path.Combine(folder, "bin", "Debug", "net10.0", "FromPackages.dll"), store.Urls.Single());
        Assert.Contains("published 100, received 100, stored 100", output, StringComparison.Ordinal);
        Assert.Equal(100, lines.Count(l => l.StartsWith("my_topic,symbol=ABC price=", StringComparison.Ordinal)));

        // The sample that runs under the host takes packages too.
        var mine = Directory.CreateDirectory(Path.Combine(folder, "mine")).FullName;
        foreach (var file in (string[])["MyPublisher.csproj", "Program.cs"])
            File.Copy(Path.Combine(Shell.Root, "samples", "MyPublisher", file), Path.Combine(mine, file));
        await BuildAsync(mine, "MyPublisher.csproj");
        output = await Shell.MustAsync(mine, Limit, "dotnet", Path.Combine(mine, "bin", "Debug", "net10.0", "MyPublisher.dll"), "--help");
        Assert.Contains("Publishes my_topic.", output, StringComparison.Ordinal);
    }

    /// <summary>Restores into a cache of its own, so that no package of an earlier build is taken for this one and none stays; what others made comes
    /// from the machine's.</summary>
    private async Task BuildAsync(string project, string file)
    {
        var cache = Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        await Shell.MustAsync(project, Limit, "dotnet", "build", file, "-nologo", "-m:1", "-warnaserror", $"-p:RestorePackagesPath={Path.Combine(folder, "cache")}", $"-p:RestoreFallbackFolders={cache}");
    }

    /// <summary>A store that takes every write.</summary>
    private async Task<WebApplication> StoreAsync(CancellationToken token)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var store = builder.Build();
        store.MapPost("/write", async (HttpRequest request) =>
        {
            using var reader = new StreamReader(request.Body);
            var body = await reader.ReadToEndAsync(request.HttpContext.RequestAborted);
            lock (lines)
                lines.AddRange(body.Split('\n', StringSplitOptions.RemoveEmptyEntries));
            return Results.NoContent();
        });
        await store.StartAsync(token);
        return store;
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
