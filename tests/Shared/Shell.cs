using System.Diagnostics;

namespace Nbpy.Shared.Tests;

/// <summary>Runs commands of the machine.</summary>
internal static class Shell
{
    public static string Root { get; } = FindRoot();

    /// <summary>Exit code, and both outputs together.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(string folder, TimeSpan limit, string program, params string[] args)
    {
        var start = new ProcessStartInfo(program, args) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        try
        {
            await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(limit);
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{program} {string.Join(' ', args)} did not end within {limit}.");
        }

        return (process.ExitCode, await output + await error);
    }

    /// <summary>The same, and it must succeed.</summary>
    public static async Task<string> MustAsync(string folder, TimeSpan limit, string program, params string[] args)
    {
        var (code, output) = await RunAsync(folder, limit, program, args);
        Assert.True(code == 0, $"{program} {string.Join(' ', args)} ended with {code}:\n{output}");
        return output;
    }

    /// <summary>Runs a program until <paramref name="stop"/>, which kills it.</summary>
    public static async Task RunUntilAsync(string folder, CancellationToken stop, string program, params string[] args)
    {
        using var process = Process.Start(new ProcessStartInfo(program, args) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder })!;
        var drained = Task.WhenAll(process.StandardOutput.ReadToEndAsync(CancellationToken.None), process.StandardError.ReadToEndAsync(CancellationToken.None));
        try
        {
            await process.WaitForExitAsync(stop);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
        }

        await drained;
    }

    /// <summary>Where a program is; null when it is not installed.</summary>
    public static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Select(f => Path.Combine(f, program)).FirstOrDefault(File.Exists);

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Nbpy.sln")))
                return folder.FullName;
        throw new InvalidOperationException("The tests do not lie in a clone.");
    }
}
