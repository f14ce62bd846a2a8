using System.Diagnostics;
using Nbpy.ServiceDefaults.Configuration;
using Nbpy.ServiceDefaults.Control;

namespace Nbpy.Cli.Host;

/// <summary>Starts the app host in the background and follows it until everything is up.</summary>
internal sealed class DetachedHost(IntegrationConfig config, ControlClient client)
{
    private const int KeptLogs = 3;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(250);
    private static readonly string[] Bad = ["FailedToStart", "Fatal"];
    private readonly Dictionary<string, string> shown = [];

    private string Log => Path.Combine(config.System.LogDir, "host.log");

    public async Task<int> RunAsync(AppHostProgram host, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        NewLog();
        var words = string.Join(' ', ((string[])[host.Command, .. host.Arguments, .. arguments]).Select(Quoted));

        // Appended to, so that the host may cut the file (NBPY_HOST_LOG) while the shell's handle goes on.
        var start = new ProcessStartInfo("/bin/sh", ["-c", $"exec $(command -v setsid) {words} >>{Quoted(Log)} 2>&1 </dev/null"]);
        start.Environment["NBPY_HOST_LOG"] = Log;
        using var process = Process.Start(start)!;
        Console.WriteLine($"Starting; the host's output is in {Log}");
        var began = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(began) < Limit)
        {
            await Task.Delay(Poll, cancellationToken).ConfigureAwait(false);
            if (await client.StatusAsync(cancellationToken).ConfigureAwait(false) is { } status)
            {
                Show(status);
                if (Failed(status) is { } failure)
                    return await FailAsync(failure).ConfigureAwait(false);
                if (status.Services.All(IsUp))
                {
                    Console.WriteLine($"Up: host process {status.Pid}. 'nbpy status' shows it, 'nbpy stop' ends it.");
                    if (status.Dashboard is { } dashboard)
                        Console.WriteLine($"Dashboard: {dashboard}");
                    return 0;
                }
            }
            else if (process.HasExited)
            {
                return await FailAsync($"The host has ended with exit code {process.ExitCode}:\n{string.Join('\n', File.ReadLines(Log).TakeLast(20))}").ConfigureAwait(false);
            }
        }

        return await FailAsync($"Not everything was up within {Limit.TotalMinutes:0} minutes; 'nbpy status' shows what is missing. What runs goes on: 'nbpy stop' ends it.").ConfigureAwait(false);
    }

    /// <summary>Up: it works, or it has done its work. The validation takes its time and reports by itself.</summary>
    internal static bool IsUp(ServiceStatus service) =>
        service.Healthy == true || (service.State is "Finished" or "Exited" && service.ExitCode == 0) || service.Name == "validation";

    /// <summary>What keeps the system from coming up, in words; null while nothing does. A job that failed is not started again by anybody; a
    /// service that died is.</summary>
    internal static string? Failed(HostStatus status)
    {
        var bad = status.Services.Where(s => s.Name != "validation"
            && (Bad.Contains(s.State) || (s.Name.EndsWith("-setup", StringComparison.Ordinal) && s.State is "Finished" or "Exited" && s.ExitCode is not (null or 0)))).ToList();
        return bad.Count == 0
            ? null
            : $"{string.Join(", ", bad.Select(b => $"{b.Name}: {b.Reason ?? $"ended with exit code {b.ExitCode}"}"))}; see 'nbpy logs {bad[0].Name}'. The rest runs: 'nbpy stop' ends it.";
    }

    private static string Quoted(string word) => "'" + word.Replace("'", "'\\''", StringComparison.Ordinal) + "'";

    /// <summary>An empty file that only its owner may read: the dashboard's token stands in it. The ones before are kept as host.1.log and so on.</summary>
    private void NewLog()
    {
        Directory.CreateDirectory(config.System.LogDir);
        string Old(int age) => age == 0 ? Log : Path.Combine(config.System.LogDir, $"host.{age}.log");
        for (var age = KeptLogs - 1; age >= 0; age--)
            if (File.Exists(Old(age)))
                File.Move(Old(age), Old(age + 1), overwrite: true);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var created = new FileStream(Log, options);
    }

    private void Show(HostStatus status)
    {
        foreach (var service in status.Services)
        {
            var text = service.Healthy == true ? "healthy" : service.State is "Waiting" or "FailedToStart" or "Fatal" ? $"{service.State}: {service.Reason}" : service.State;
            if (service.State == "Waiting" && shown.GetValueOrDefault(service.Name)?.StartsWith("Waiting", StringComparison.Ordinal) == true)
                continue;
            if (text is "NotStarted" || (shown.TryGetValue(service.Name, out var before) && before == text))
                continue;
            shown[service.Name] = text;
            Console.WriteLine($"  {service.Name,-28} {text}");
        }
    }

    private static async Task<int> FailAsync(string message)
    {
        await Console.Error.WriteLineAsync(message).ConfigureAwait(false);
        return 1;
    }
}
