using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Nbpy.Cli.Host;

/// <summary>Runs the app host in this terminal and ends with it. The host leads a session of its own, so that it gets each Ctrl+C once, from here, and
/// none that a shell sends to whole groups; what asks this program to end (Ctrl+C, SIGTERM, the terminal's end) asks the host to stop in order,
/// and a second time to kill everything.</summary>
internal static partial class ForegroundHost
{
    private const int Terminate = 15;

    /// <returns>The host's exit code.</returns>
    public static async Task<int> RunAsync(AppHostProgram host, IReadOnlyList<string> arguments)
    {
        string[] all = [.. host.Arguments, .. arguments];
        var setsid = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Append("/usr/bin")
            .Select(folder => Path.Combine(folder, "setsid")).FirstOrDefault(File.Exists);

        // Before the host is there: a signal that came in between would end this program, and leave the host to itself. Without setsid the terminal's
        // Ctrl+C reaches the host as well: it is not passed on.
        var signals = new Signals();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, c => signals.Take(c, isForHost: setsid is not null));
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, c => signals.Take(c, isForHost: true));
        using var quit = PosixSignalRegistration.Create(PosixSignal.SIGQUIT, c => signals.Take(c, isForHost: setsid is not null));
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, c => signals.Take(c, isForHost: true));
        using var process = Start(setsid is null ? new ProcessStartInfo(host.Command, all) : new ProcessStartInfo(setsid, [host.Command, .. all]));
        signals.PassTo(process);
        await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        return process.ExitCode;
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start) ?? throw new IOException($"{start.FileName} did not start.");
        }
        catch (Win32Exception e)
        {
            throw new IOException($"{start.FileName} cannot be started: {e.Message}. It needs the .NET SDK's 'dotnet' on the PATH, or a built app host (--app-host).", e);
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);

    /// <summary>Passes signals on to the host; one that comes before it is there waits for it.</summary>
    private sealed class Signals
    {
        private readonly Lock gate = new();
        private Process? host;
        private bool waits;

        public void Take(PosixSignalContext context, bool isForHost)
        {
            context.Cancel = true;
            if (!isForHost)
                return;
            lock (gate)
                if (host is null)
                    waits = true;
                else
                    PassOn(host);
        }

        public void PassTo(Process process)
        {
            lock (gate)
            {
                host = process;
                if (waits)
                    PassOn(process);
            }
        }

        private static void PassOn(Process process)
        {
            if (!process.HasExited && !OperatingSystem.IsWindows())
                _ = Kill(process.Id, Terminate);
        }
    }
}
