using System.Diagnostics;
using Nbpy.ServiceDefaults.Configuration;
using Nbpy.ServiceDefaults.Control;

namespace Nbpy.Cli.Host;

/// <summary>Starts the app host: in the foreground, or detached until it is up.</summary>
internal sealed class HostStart(IntegrationConfig config, IReadOnlyList<string> hostOptions)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);
    private static readonly string[] Bad = ["FailedToStart", "Fatal"];

    public async Task<int> RunAsync(bool detach, CancellationToken cancellationToken)
    {
        using var client = new ControlClient(config);
        if (await client.StatusAsync(cancellationToken).ConfigureAwait(false) is { } running)
        {
            await Console.Error.WriteLineAsync($"NBPY runs already: process {running.Pid}, since {running.Started.ToLocalTime():yyyy-MM-dd HH:mm:ss}; 'nbpy status' shows it.").ConfigureAwait(false);
            return 1;
        }

        if (FindHost(config) is not { } host)
        {
            await Console.Error.WriteLineAsync("There is no Nbpy.AppHost beside the configuration or above the present folder; give --config, or run it from the project.").ConfigureAwait(false);
            return 2;
        }

        return detach ? await DetachAsync(client, host, cancellationToken).ConfigureAwait(false) : await ForegroundAsync(host, cancellationToken).ConfigureAwait(false);
    }

    internal static string? FindHost(IntegrationConfig config)
    {
        foreach (var from in (string[])[Path.GetDirectoryName(config.Path)!, Environment.CurrentDirectory, AppContext.BaseDirectory])
            for (var folder = new DirectoryInfo(from); folder is not null; folder = folder.Parent)
                if (File.Exists(Path.Combine(folder.FullName, "Nbpy.AppHost", "Nbpy.AppHost.csproj")))
                    return Path.Combine(folder.FullName, "Nbpy.AppHost");
        return null;
    }

    private string[] Arguments(string host) => ["run", "--project", host, "--", "--config", config.Path, .. hostOptions];

    private async Task<int> ForegroundAsync(string host, CancellationToken cancellationToken)
    {
        // The terminal's Ctrl+C reaches the host itself; this process only waits for it.
        using var process = Process.Start(new ProcessStartInfo("dotnet", Arguments(host)))!;
        using var ignore = cancellationToken.Register(() => { });
        await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        return process.ExitCode;
    }

    private async Task<int> DetachAsync(ControlClient client, string host, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(config.System.LogDir);
        var log = Path.Combine(config.System.LogDir, "host.log");
        var arguments = string.Join(' ', Arguments(host).Select(a => "'" + a.Replace("'", "'\\''", StringComparison.Ordinal) + "'"));
        var start = new ProcessStartInfo("/bin/sh", ["-c", $"exec setsid dotnet {arguments} >'{log}' 2>&1 </dev/null"]);
        using var process = Process.Start(start)!;
        Console.WriteLine($"Starting; the host's output is in {log}");
        var began = TimeProvider.System.GetTimestamp();
        var shown = new Dictionary<string, string>();
        while (TimeProvider.System.GetElapsedTime(began) < Limit)
        {
            await Task.Delay(250, cancellationToken).ConfigureAwait(false);
            if (await client.StatusAsync(cancellationToken).ConfigureAwait(false) is { } status)
            {
                Show(status, shown);
                if (status.Services.Where(s => Bad.Contains(s.State)).ToList() is { Count: > 0 } bad)
                    return await FailedAsync($"{string.Join(", ", bad.Select(b => $"{b.Name}: {b.Reason}"))}; see 'nbpy logs {bad[0].Name}'. The rest runs: 'nbpy stop' ends it.").ConfigureAwait(false);
                if (status.Services.All(s => s.Healthy == true || s.State is "Finished" or "Exited" || s.Name == "validation"))
                {
                    Console.WriteLine($"Up: host process {status.Pid}. 'nbpy status' shows it, 'nbpy stop' ends it.");
                    return 0;
                }
            }
            else if (process.HasExited)
            {
                return await FailedAsync($"The host has ended with exit code {process.ExitCode}:\n{string.Join('\n', File.ReadLines(log).TakeLast(20))}").ConfigureAwait(false);
            }
        }

        return await FailedAsync($"Not everything was up within {Limit.TotalMinutes:0} minutes; 'nbpy status' shows what is missing.").ConfigureAwait(false);
    }

    private static void Show(HostStatus status, Dictionary<string, string> shown)
    {
        foreach (var service in status.Services)
        {
            var text = service.Healthy == true ? "healthy" : service.State is "Waiting" or "FailedToStart" or "Fatal" ? $"{service.State}: {service.Reason}" : service.State;
            if (service.State == "Waiting" && shown.GetValueOrDefault(service.Name)?.StartsWith("Waiting", StringComparison.Ordinal) == true)
                continue;
            if (text is "NotStarted" || shown.TryGetValue(service.Name, out var before) && before == text)
                continue;
            shown[service.Name] = text;
            Console.WriteLine($"  {service.Name,-28} {text}");
        }
    }

    private static async Task<int> FailedAsync(string message)
    {
        await Console.Error.WriteLineAsync(message).ConfigureAwait(false);
        return 1;
    }
}
