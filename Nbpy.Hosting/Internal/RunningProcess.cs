using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Nbpy.Hosting.ApplicationModel;

namespace Nbpy.Hosting.Internal;

/// <summary>A started process: its lines go to its log, its end is a task. What it started itself and left behind ends with it: the process
/// leads a group of its own, which is asked to end and, two seconds later (or at once, when the process itself had to be), killed.</summary>
internal sealed partial class RunningProcess : IRunning
{
    private const int Sigterm = 15;
    private const int Sigkill = 9;
    private static readonly TimeSpan GroupLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan GroupPoll = TimeSpan.FromMilliseconds(20);
    private readonly Process process;
    private readonly Lock gate = new();
    private volatile bool isKilled;
    private bool isDisposed;

    private RunningProcess(Process process, string name, RunnerContext context)
    {
        this.process = process;
        Id = process.Id;
        Exit = ExitAsync(ReadAsync(name, process.StandardOutput, false, context), ReadAsync(name, process.StandardError, true, context), context);
    }

    public int Id { get; }

    public Task<int?> Exit { get; }

    /// <exception cref="DistributedApplicationException">The program cannot be started.</exception>
    public static RunningProcess Start(string name, ProcessStartInfo start, RunnerContext context)
    {
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.RedirectStandardInput = true;
        try
        {
            var process = Process.Start(start) ?? throw new DistributedApplicationException($"'{start.FileName}' did not start.");
            context.Guardian.Add(process.Id);
            process.StandardInput.Close();
            return new RunningProcess(process, name, context);
        }
        catch (Win32Exception e)
        {
            throw new DistributedApplicationException($"'{start.FileName}' cannot be started: {e.Message}.");
        }
    }

    public void Terminate()
    {
        lock (gate)
        {
            if (!isDisposed && !process.HasExited && Kill(process.Id, Sigterm) != 0 && !process.HasExited)
                process.Kill();
        }
    }

    public void Kill()
    {
        isKilled = true;
        lock (gate)
        {
            // It may end by itself, and be let go, at any moment.
            if (!isDisposed && !process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    public bool Leave() => false;

    public void Dispose()
    {
        lock (gate)
        {
            isDisposed = true;
            process.Dispose();
        }
    }

    private async Task<int?> ExitAsync(Task output, Task error, RunnerContext context)
    {
        await process.WaitForExitAsync().ConfigureAwait(false);
        if (Session.IsLeader && isKilled)
            _ = Kill(-process.Id, Sigkill);
        else if (Session.IsLeader)
            await EndGroupAsync(process.Id, context.Time).ConfigureAwait(false);
        context.Guardian.Remove(process.Id);

        // A descendant of another session may hold the pipes open; its lines are not worth waiting for.
        await Task.WhenAny(Task.WhenAll(output, error), Task.Delay(GroupLimit)).ConfigureAwait(false);
        return process.ExitCode;
    }

    private static async Task EndGroupAsync(int leader, TimeProvider time)
    {
        var since = time.GetTimestamp();
        var signal = Sigterm;
        while (Kill(-leader, signal) == 0)
        {
            if (time.GetElapsedTime(since) > GroupLimit)
            {
                _ = Kill(-leader, Sigkill);
                return;
            }

            signal = 0;
            await Task.Delay(GroupPoll, time).ConfigureAwait(false);
        }
    }

    private static async Task ReadAsync(string name, StreamReader reader, bool isError, RunnerContext context)
    {
        while (await reader.ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            context.Loggers.Add(name, line, isError);
            context.Logs.Write(name, line);
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int pid, int signal);
}
