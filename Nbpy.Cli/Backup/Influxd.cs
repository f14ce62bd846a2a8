using System.Diagnostics;
using System.Globalization;

namespace Nbpy.Cli.Backup;

/// <summary>InfluxDB's own <c>influxd backup</c> and <c>restore</c>.</summary>
/// <param name="host">The server's host.</param>
/// <param name="rpcPort">Its port for backups.</param>
internal sealed class Influxd(string host, int rpcPort)
{
    private static readonly TimeSpan Limit = TimeSpan.FromHours(6);

    /// <summary>Runs <c>influxd</c> with the arguments on a backup's folder; its lines go to standard error.</summary>
    /// <exception cref="IOException">It is not here, or it failed.</exception>
    public Task RunAsync(IEnumerable<string> args, string folder, CancellationToken cancellationToken) =>
        StartAsync("influxd", [.. args, "-host", $"{host}:{rpcPort.ToString(CultureInfo.InvariantCulture)}", folder], cancellationToken);

    private static async Task StartAsync(string program, string[] args, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program, args) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Start(start);
        var last = "";
        async Task Echo(StreamReader reader)
        {
            while (await reader.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } line)
                await Console.Error.WriteLineAsync($"  {last = line}").ConfigureAwait(false);
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        try
        {
            await Task.WhenAll(Echo(process.StandardOutput), Echo(process.StandardError), process.WaitForExitAsync(limit.Token)).ConfigureAwait(false);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }

        if (process.ExitCode != 0)
            throw new IOException($"{program} {args[0]} ended with {process.ExitCode}: {last}");
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new IOException($"{start.FileName} cannot be started ({e.Message}); install InfluxDB's tools on this machine, or run the command where they are.");
        }
    }
}
