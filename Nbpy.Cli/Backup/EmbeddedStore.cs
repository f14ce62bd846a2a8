using System.Diagnostics;
using System.Text.RegularExpressions;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Cli.Backup;

/// <summary>The embedded store's program, run for a restore.</summary>
internal sealed partial class EmbeddedStore : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(2);
    private readonly Process process;

    private EmbeddedStore(Process process, Uri url) => (this.process, Url) = (process, url);

    /// <summary>Where it answers.</summary>
    public Uri Url { get; }

    /// <summary>Unpacks a backup into a new data folder; the files' checksums are compared on the way.</summary>
    public static async Task RestoreAsync(IntegrationConfig config, string backup, string data, CancellationToken cancellationToken)
    {
        using var process = Start(config, ["restore", "--from", Path.Combine(backup, BackupCommand.EmbeddedFile), "--data", data], out var _);
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        if (process.ExitCode != 0)
            throw new IOException($"The backup could not be unpacked: {(await error.ConfigureAwait(false)).Trim()} {(await output.ConfigureAwait(false)).Trim()}");
    }

    /// <summary>Starts a store on a data folder, on a port of the system's, without passwords.</summary>
    public static async Task<EmbeddedStore> StartAsync(IntegrationConfig config, string data, CancellationToken cancellationToken)
    {
        var process = Start(config, ["--port", "0", "--data", data, "--no-auth"], out var command);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(StartLimit);
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        try
        {
            while (await process.StandardOutput.ReadLineAsync(limit.Token).ConfigureAwait(false) is { } line)
                if (Address().Match(line) is { Success: true } match)
                    return new EmbeddedStore(process, new Uri(match.Value));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            process.Kill(entireProcessTree: true);
        }

        throw new IOException($"{command} did not start on {data}: {(await error.ConfigureAwait(false)).Trim()}");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // Nothing was written; the store is safe against kill at any moment.
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync().ConfigureAwait(false);
        process.Dispose();
    }

    private static Process Start(IntegrationConfig config, IEnumerable<string> args, out string command)
    {
        var (program, first) = Find(config);
        command = program;
        var start = new ProcessStartInfo(program, [.. first, .. args]) { RedirectStandardOutput = true, RedirectStandardError = true };
        return Process.Start(start)!;
    }

    /// <summary>The program as the app host's build left it, else through <c>dotnet run</c>.</summary>
    private static (string Program, string[] Args) Find(IntegrationConfig config)
    {
        foreach (var from in (string[])[Path.GetDirectoryName(config.Path)!, AppContext.BaseDirectory, Environment.CurrentDirectory])
        {
            for (var folder = new DirectoryInfo(from); folder is not null; folder = folder.Parent)
            {
                var project = Path.Combine(folder.FullName, "Nbpy.EmbeddedInflux");
                if (!File.Exists(Path.Combine(project, "Nbpy.EmbeddedInflux.csproj")))
                    continue;
                var own = AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar).Split(Path.DirectorySeparatorChar);
                var built = Path.Combine(project, "bin", own[^2], own[^1], "Nbpy.EmbeddedInflux");
                return File.Exists(built) ? (built, []) : ("dotnet", ["run", "--project", project, "--"]);
            }
        }

        throw new IOException("There is no Nbpy.EmbeddedInflux beside the configuration or above the present folder; run the command from the project.");
    }

    [GeneratedRegex(@"http://[0-9.:\[\]a-z]+:[0-9]+")]
    private static partial Regex Address();
}
