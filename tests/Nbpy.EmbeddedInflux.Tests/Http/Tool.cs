using System.Diagnostics;

namespace Nbpy.EmbeddedInflux.Tests.Http;

/// <summary>Programs of the machine that the tests run, when they are there.</summary>
internal static class Tool
{
    /// <summary>Its path; null: not on PATH.</summary>
    public static string? Find(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(p => Path.Combine(p, name)).FirstOrDefault(File.Exists);

    /// <summary>Runs it with <paramref name="input"/> on its standard input; at most a minute.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(string path, string? input, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(path, arguments)
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        try
        {
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
            var (output, error) = (process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, await output, await error);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }
}
