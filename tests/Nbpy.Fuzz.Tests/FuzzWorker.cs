using System.Runtime.InteropServices;

namespace Nbpy.Fuzz.Tests;

/// <summary>The thread that tries inputs, one after the other, and what it is at: it may hang, and whoever watches it must not.</summary>
internal sealed partial class FuzzWorker(FuzzTarget target) : IDisposable
{
    // Other tests run beside, and have their limits.
    private const int Niceness = 5;

    private volatile Attempt? current;
    private volatile bool stopped;

    private sealed record Attempt(byte[] Input, long Since);

    /// <summary>An input that failed, and how.</summary>
    public sealed record Failed(byte[] Input, Exception Error);

    /// <summary>Starts; completes with the first input that fails, or with null when all are tried.</summary>
    public Task<Failed?> Start(IEnumerable<byte[]> inputs)
    {
        var done = new TaskCompletionSource<Failed?>(TaskCreationOptions.RunContinuationsAsynchronously);
        // In the background: one that hangs does not keep the program from ending.
        new Thread(() => Run(inputs, done)) { IsBackground = true, Name = $"fuzz {target.Name}" }.Start();
        return done.Task;
    }

    /// <summary>The input that it has been at for longer than the limit; null while there is none.</summary>
    public byte[]? Stuck() =>
        current is { } attempt && Environment.TickCount64 - attempt.Since > target.Limit.TotalMilliseconds ? attempt.Input : null;

    public void Dispose() => stopped = true;

    private void Run(IEnumerable<byte[]> inputs, TaskCompletionSource<Failed?> done)
    {
        // To Linux a thread is who it asks for; elsewhere the priority stays.
        if (OperatingSystem.IsLinux())
            _ = SetPriority(0, 0, Niceness);
        try
        {
            foreach (var input in inputs)
            {
                if (stopped)
                    break;
                current = new Attempt(input, Environment.TickCount64);
                try
                {
                    target.Parse(input);
                }
                catch (Exception e)
                {
                    done.TrySetResult(new Failed(input, e));
                    return;
                }
            }

            done.TrySetResult(null);
        }
        catch (Exception e)
        {
            // The inputs themselves cannot be made.
            done.TrySetException(e);
        }
    }

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, int who, int niceness);
}
