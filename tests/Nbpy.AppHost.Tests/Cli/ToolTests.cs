using Nbpy.AppHost.Tests.Kubernetes;

namespace Nbpy.AppHost.Tests.Cli;

/// <summary><c>nbpy</c> as a .NET tool: packed, installed from a folder, run from there.</summary>
public sealed class ToolTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);
    private readonly string folder = Directory.CreateTempSubdirectory("nbpy-tool-").FullName;

    [Fact]
    public async Task The_tool_installs_from_a_feed_and_runs_without_the_clone()
    {
        var token = TestContext.Current.CancellationToken;
        var feed = Path.Combine(folder, "feed");
        var build = Published.Program("Nbpy.Cli", "nbpy").Contains("/Release/", StringComparison.Ordinal) ? "Release" : "Debug";
        await Shell.MustAsync(Shell.Root, Limit, "dotnet", "pack", "Nbpy.Cli", "--no-build", "-c", build, "-o", feed, "-nologo", "-p:NbpyMachineCode=false");
        var package = Assert.Single(Directory.EnumerateFiles(feed, "*.nupkg"));
        Assert.StartsWith("Nbpy.Cli.", Path.GetFileName(package), StringComparison.Ordinal);

        // A feed of its own: nothing is looked for elsewhere.
        await File.WriteAllTextAsync(Path.Combine(folder, "nuget.config"), $"<configuration><packageSources><clear/><add key=\"here\" value=\"{feed}\"/></packageSources></configuration>", token);
        var place = Path.Combine(folder, "tools");
        await Shell.MustAsync(folder, Limit, "dotnet", "tool", "install", "Nbpy.Cli", "--tool-path", place, "--configfile", Path.Combine(folder, "nuget.config"));
        var nbpy = Path.Combine(place, "nbpy");
        Assert.Matches(@"^\d+\.\d+\.\d+", await Shell.MustAsync(folder, Limit, nbpy, "--version"));

        var config = Path.Combine(folder, "integration_config.json");
        File.Copy(Path.Combine(Shell.Root, "integration_config.json"), config);
        var (code, output) = await Shell.RunAsync(folder, Limit, nbpy, "start", "--config", config);
        Assert.True(code == 2 && output.Contains("--app-host", StringComparison.Ordinal) && output.Contains("NBPY_APP_HOST", StringComparison.Ordinal), output);
        (code, output) = await Shell.RunAsync(folder, Limit, nbpy, "validate", "full", "--help");
        Assert.True(code == 0 && output.Contains("--duration", StringComparison.Ordinal), output);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
