using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Nbpy.Fuzz.Tests;

/// <summary>The thread that tries inputs, one after the other, and what it is at: it may hang, and whoever watches it must not.</summary>
internal sealed partial class FuzzWorker(FuzzTarget target) : IDisposable
{
    private const int Idle = 5; // SCHED_IDLE of sched(7)
    private const int Nicest = 19;
    private const int Nice = 5;

    private readonly long start = TimeProvider.System.GetTimestamp();
    private volatile Attempt? current;
    private volatile bool stopped;
    private volatile int thread;
    private long tried;
    private long used = -1;
    private (Attempt? Attempt, TimeSpan Used) watched;

    private sealed record Attempt(byte[] Input, long Since);

    /// <summary>An input that failed, and how.</summary>
    public sealed record Failed(byte[] Input, Exception Error);

    /// <summary>Inputs tried.</summary>
    public long Tried => Interlocked.Read(ref tried);

    /// <summary>Time since it was made.</summary>
    public TimeSpan Elapsed => TimeProvider.System.GetElapsedTime(start);

    /// <summary>Processor time that its thread has had. Where a thread cannot be asked (other systems than Linux), the time that passed.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            if (Used is { } all)
                return all;
            using var process = Process.GetCurrentProcess();
            if (process.Threads.Cast<ProcessThread>().FirstOrDefault(t => t.Id == thread) is { } running)
                return running.TotalProcessorTime;
            // It may have ended while it was looked for.
            return Used ?? (OperatingSystem.IsLinux() ? TimeSpan.Zero : Elapsed);
        }
    }

    private TimeSpan? Used => Interlocked.Read(ref used) is >= 0 and var ticks ? TimeSpan.FromTicks(ticks) : null;

    /// <summary>Starts; completes with the first input that fails, or with null when all are tried.</summary>
    public Task<Failed?> Start(IEnumerable<byte[]> inputs)
    {
        var done = new TaskCompletionSource<Failed?>(TaskCreationOptions.RunContinuationsAsynchronously);
        // In the background: one that hangs does not keep the program from ending.
        new Thread(() => Run(inputs, done)) { IsBackground = true, Name = $"fuzz {target.Name}" }.Start();
        return done.Task;
    }

    /// <summary>The input that it has been at for longer than the limit, computing or waiting; null while there is none. For one watcher, who asks
    /// often: processor time counts from when an input was first seen here.</summary>
    public byte[]? Stuck()
    {
        if (current is not { } attempt || TimeProvider.System.GetElapsedTime(attempt.Since) is var waited && waited <= target.Limit)
            return null;
        if (watched.Attempt != attempt)
            watched = (attempt, ProcessorTime);
        return waited > FuzzTarget.Patience * target.Limit || ProcessorTime - watched.Used > target.Limit ? attempt.Input : null;
    }

    public void Dispose() => stopped = true;

    private void Run(IEnumerable<byte[]> inputs, TaskCompletionSource<Failed?> done)
    {
        if (OperatingSystem.IsLinux())
            YieldToOthers();
        try
        {
            var failed = TryAll(inputs);
            Interlocked.Exchange(ref used, ProcessorTime.Ticks);
            done.TrySetResult(failed);
        }
        catch (Exception e)
        {
            // The inputs themselves cannot be made.
            done.TrySetException(e);
        }
    }

    private Failed? TryAll(IEnumerable<byte[]> inputs)
    {
        foreach (var input in inputs)
        {
            if (stopped)
                break;
            current = new Attempt(input, TimeProvider.System.GetTimestamp());
            Interlocked.Increment(ref tried);
            try
            {
                target.Parse(input);
            }
            catch (Exception e)
            {
                return new Failed(input, e);
            }
        }

        return null;
    }

    // Other tests run beside and have their limits. One that is tried for long takes what they leave; one that is soon done is to be done soon. To Linux
    // a thread is who it asks for; elsewhere the priority stays.
    private void YieldToOthers()
    {
        thread = GetThreadId();
        var priority = 0;
        if (target.Duration == TimeSpan.Zero)
            _ = SetPriority(0, 0, Nice);
        else if (SetScheduler(0, Idle, ref priority) != 0)
            _ = SetPriority(0, 0, Nicest);
    }

    [LibraryImport("libc", EntryPoint = "gettid")]
    private static partial int GetThreadId();

    [LibraryImport("libc", EntryPoint = "sched_setscheduler")]
    private static partial int SetScheduler(int who, int policy, ref int priority);

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, int who, int niceness);
}
