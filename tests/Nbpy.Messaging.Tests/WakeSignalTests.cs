using System.Collections.Concurrent;

namespace Nbpy.Messaging.Tests;

public sealed class WakeSignalTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task No_work_is_slept_over()
    {
        const int Count = 100_000;
        var cancel = TestContext.Current.CancellationToken;
        var signal = new WakeSignal();
        var work = new ConcurrentQueue<int>();
        var done = 0L;
        var worker = Task.Factory.StartNew(
            () =>
            {
                var seen = 0;
                while (seen < Count)
                {
                    while (work.TryDequeue(out _))
                        seen++;
                    Interlocked.Exchange(ref done, seen);
                    if (seen < Count)
                        signal.WaitUnless(() => !work.IsEmpty);
                }
            },
            cancel, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await Task.Run(
            () =>
            {
                for (var i = 0; i < Count; i++)
                {
                    work.Enqueue(i);
                    signal.Wake();
                    // Now and then the worker gets the time to fall asleep, and is waited for: one lost wake-up and this never ends.
                    if (i % 100 == 0)
                        SpinWait.SpinUntil(() => Interlocked.Read(ref done) == i + 1, Limit);
                }
            },
            cancel).WaitAsync(Limit, cancel);
        await worker.WaitAsync(Limit, cancel);
        Assert.Equal(Count, Interlocked.Read(ref done));
    }

    [Fact]
    public async Task Without_work_it_sleeps_until_it_is_woken()
    {
        var cancel = TestContext.Current.CancellationToken;
        var signal = new WakeSignal();
        var asked = new TaskCompletionSource();
        var sleeper = Task.Factory.StartNew(
            () => signal.WaitUnless(() =>
            {
                asked.TrySetResult();
                return false;
            }),
            cancel, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await asked.Task.WaitAsync(Limit, cancel);
        await Task.Delay(50, cancel);
        Assert.False(sleeper.IsCompleted);
        signal.Wake();
        await sleeper.WaitAsync(Limit, cancel);
    }
}
