using System.Diagnostics;
using System.Text.RegularExpressions;
using Nbpy.Influx;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Cli.Backup;

/// <summary>The embedded store's program, run on a copy.</summary>
internal sealed partial class EmbeddedStore : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(2);
    private readonly Process process;

    private EmbeddedStore(Process process, Uri url) => (this.process, Url) = (process, url);

    private Uri Url { get; }

    /// <summary>Unpacks a backup into a new data folder; the files' checksums are compared on the way.</summary>
    public static async Task RestoreAsync(EmbeddedProgram program, string backup, string data, CancellationToken cancellationToken)
    {
        using var process = Start(program, ["restore", "--from", Path.Combine(backup, BackupCommand.EmbeddedFile), "--data", data]);
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        if (process.ExitCode != 0)
            throw new IOException($"The backup could not be unpacked: {(await error.ConfigureAwait(false)).Trim()} {(await output.ConfigureAwait(false)).Trim()}");
    }

    /// <summary>Counts a data folder that nothing else has open: nothing in it changes meanwhile.</summary>
    public static async Task<Inventory> CountAsync(EmbeddedProgram program, IntegrationConfig config, string data, long untilNs, CancellationToken cancellationToken)
    {
        await using var store = await StartAsync(program, data, cancellationToken).ConfigureAwait(false);
        using var client = new InfluxClient(BackupCommand.Client(config).Options with { Url = store.Url });
        return await Inventory.TakeAsync(client, Inventory.Embedded, untilNs, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Starts a store on a data folder, on a port of the system's, without passwords: no retention, no continuous queries.</summary>
    private static async Task<EmbeddedStore> StartAsync(EmbeddedProgram program, string data, CancellationToken cancellationToken)
    {
        var process = Start(program, ["--port", "0", "--data", data, "--no-auth", "--at-rest"]);
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

        throw new IOException($"{program.Command} did not start on {data}: {(await error.ConfigureAwait(false)).Trim()}");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // Nothing was written; the store is safe against kill at any moment.
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync().ConfigureAwait(false);
        process.Dispose();
    }

    private static Process Start(EmbeddedProgram program, IEnumerable<string> args)
    {
        try
        {
            return Process.Start(new ProcessStartInfo(program.Command, [.. program.Arguments, .. args]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new IOException($"{program.Command} cannot be started ({e.Message}); name the embedded store's program with --store-program or {EmbeddedProgram.Variable}.");
        }
    }

    [GeneratedRegex(@"http://[0-9.:\[\]a-z]+:[0-9]+")]
    private static partial Regex Address();
}
