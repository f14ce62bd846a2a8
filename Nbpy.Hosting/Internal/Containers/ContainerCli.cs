using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Nbpy.Hosting.ApplicationModel;

namespace Nbpy.Hosting.Internal.Containers;

/// <summary>The container runtime's command line. Every call has a limit, past which it is killed and named.</summary>
internal sealed class ContainerCli(string path)
{
    private const int MaxOutput = 64 * 1024;
    private static readonly string[] Runtimes = ["docker", "podman"];

    /// <summary>The program.</summary>
    public string Path => path;

    /// <summary>What it is called: <c>docker</c> or <c>podman</c>.</summary>
    public string Name { get; } = System.IO.Path.GetFileName(path);

    /// <summary>The one asked for by path or name, or the first on the PATH; null when there is none.</summary>
    public static ContainerCli? Find(string? asked)
    {
        if (asked is { Length: > 0 } && asked.Contains('/', StringComparison.Ordinal))
            return new ContainerCli(asked);
        var found = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(System.IO.Path.PathSeparator)
            .SelectMany(d => (asked is { Length: > 0 } ? [asked] : Runtimes).Select(r => System.IO.Path.Combine(d, r))).FirstOrDefault(File.Exists);
        return found is null ? null : new ContainerCli(found);
    }

    /// <summary>Exit code, and what it printed: standard output, and standard error apart.</summary>
    /// <exception cref="DistributedApplicationException">It does not end within the limit, or cannot be started.</exception>
    public async Task<CliResult> RunAsync(
        TimeSpan limit, IReadOnlyList<string> args, CancellationToken cancellationToken, Action<string>? onLine = null, IReadOnlyDictionary<string, string>? variables = null)
    {
        // Away from the terminal, so that a Ctrl+C does not end it before the host has seen to its end.
        var start = Session.Start(path, args);
        start.RedirectStandardOutput = start.RedirectStandardError = start.RedirectStandardInput = true;
        foreach (var (name, value) in variables ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        using var process = Begin(start);
        process.StandardInput.Close();
        var output = ReadAsync(process.StandardOutput, onLine);
        var error = ReadAsync(process.StandardError, onLine);
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(limit);
        try
        {
            await process.WaitForExitAsync(limited.Token).ConfigureAwait(false);
            return new CliResult(process.ExitCode, await output.WaitAsync(limited.Token).ConfigureAwait(false), await error.WaitAsync(limited.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
            cancellationToken.ThrowIfCancellationRequested();
            throw new DistributedApplicationException(string.Create(
                CultureInfo.InvariantCulture,
                $"{Name} does not answer: '{Name} {string.Join(' ', args.Take(2))}' took longer than {limit.TotalSeconds:0} s. Look at the engine ('{Name} info'), restart it, or choose the embedded part."));
        }
    }

    private Process Begin(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start) ?? throw new DistributedApplicationException($"'{path}' did not start.");
        }
        catch (Win32Exception e)
        {
            throw new DistributedApplicationException($"'{path}' cannot be started: {e.Message}.");
        }
    }

    private static async Task<string> ReadAsync(StreamReader reader, Action<string>? onLine)
    {
        var text = new StringBuilder();
        while (await reader.ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            onLine?.Invoke(line);
            if (text.Length < MaxOutput)
                text.Append(line).Append('\n');
        }

        return text.ToString().TrimEnd('\n');
    }
}
