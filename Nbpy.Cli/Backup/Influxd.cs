using System.Diagnostics;
using System.Globalization;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Cli.Backup;

/// <summary>InfluxDB's own <c>influxd backup</c> and <c>restore</c>.</summary>
/// <param name="host">The server's host.</param>
/// <param name="rpcPort">Its port for backups.</param>
/// <param name="container">The container that it runs in, whose <c>influxd</c> is used; null: this machine's.</param>
internal sealed class Influxd(string host, int rpcPort, StoreContainer? container)
{
    private static readonly TimeSpan Limit = TimeSpan.FromHours(6);

    /// <summary>The store's <c>influxd</c>, in its container where it runs in one, and the configuration as the store is reached from here.</summary>
    /// <exception cref="IOException">The container that was named cannot be used.</exception>
    public static async Task<(IntegrationConfig Config, Influxd Influxd)> FindAsync(IntegrationConfig config, int rpcPort, string? container, CancellationToken cancellationToken)
    {
        var found = await StoreContainer.FindAsync(config, container, cancellationToken).ConfigureAwait(false);
        return (found?.Reached(config) ?? config, new Influxd(config.InfluxDb.Host, rpcPort, found));
    }

    /// <summary><c>influxd backup</c> of a database into a folder; its lines go to standard error.</summary>
    /// <exception cref="IOException">There is no influxd, or it failed.</exception>
    public Task BackupAsync(string database, string folder, CancellationToken cancellationToken)
    {
        string[] args = ["backup", "-portable", "-database", database, "-host", Address];
        return container is null ? StartAsync("influxd", [.. args, folder], cancellationToken) : container.BackupAsync(args, folder, cancellationToken);
    }

    /// <summary><c>influxd restore</c> of a folder's database, under a new name where one is given.</summary>
    /// <exception cref="IOException">There is no influxd, or it failed.</exception>
    public Task RestoreAsync(string database, string? newName, string folder, CancellationToken cancellationToken)
    {
        string[] args = ["restore", "-portable", "-db", database, .. newName is null ? [] : (string[])["-newdb", newName], "-host", Address];
        return container is null ? StartAsync("influxd", [.. args, folder], cancellationToken) : container.RestoreAsync(args, folder, cancellationToken);
    }

    private string Address => string.Create(CultureInfo.InvariantCulture, $"{(container is null ? host : "127.0.0.1")}:{rpcPort}");

    /// <summary>Runs a program to its end; its lines go to standard error.</summary>
    /// <exception cref="IOException">It is not here, or it failed.</exception>
    internal static async Task StartAsync(string program, string[] args, CancellationToken cancellationToken)
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
            throw new IOException($"{start.FileName} cannot be started ({e.Message}); where InfluxDB runs in a container, name it with --container; else install its tools on this machine, or run the command where they are.");
        }
    }
}
