using System.Collections.Concurrent;

namespace Nbpy.Publishers.Tests;

public sealed class TimerThreadTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private readonly TimerThread time = new();
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Waits_end_in_the_order_they_are_due_and_none_early()
    {
        var start = time.GetTimestamp();
        var ended = new ConcurrentQueue<int>();
        async Task WaitAsync(int milliseconds)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(milliseconds), time, Cancel).ConfigureAwait(false);
            Assert.True(time.GetElapsedTime(start) >= TimeSpan.FromMilliseconds(milliseconds), $"{time.GetElapsedTime(start)}");
            ended.Enqueue(milliseconds);
        }

        await Task.WhenAll(WaitAsync(120), WaitAsync(5), WaitAsync(60)).WaitAsync(Limit, Cancel);
        Assert.Equal([5, 60, 120], ended);
    }

    [Fact]
    public async Task A_loop_that_waits_stays_on_the_thread_of_the_timers()
    {
        var threads = new List<string?>();
        await Task.Run(
            async () =>
            {
                for (var i = 0; i < 20; i++)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(1), time, Cancel).ConfigureAwait(false);
                    threads.Add(Thread.CurrentThread.Name);
                }
            },
            Cancel).WaitAsync(Limit, Cancel);
        // The first wait may have ended before it was waited for.
        Assert.Equal("timers", threads[^1]);
        Assert.All(threads.SkipWhile(t => t != "timers"), t => Assert.Equal("timers", t));
    }

    [Fact]
    public async Task A_cancelled_wait_ends_at_once_and_the_others_go_on()
    {
        using var stop = new CancellationTokenSource();
        var far = Task.Delay(TimeSpan.FromDays(1), time, stop.Token);
        var near = Task.Delay(TimeSpan.FromMilliseconds(50), time, Cancel);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => far.WaitAsync(Limit, Cancel));
        await near.WaitAsync(Limit, Cancel);
    }

    [Fact]
    public async Task A_periodic_timer_calls_again_and_again_until_it_is_changed_or_disposed()
    {
        using var calls = new SemaphoreSlim(0);
        var count = 0;
        var timer = time.CreateTimer(
            _ =>
            {
                Interlocked.Increment(ref count);
                calls.Release();
            },
            null, TimeSpan.Zero, TimeSpan.FromMilliseconds(2));
        for (var i = 0; i < 5; i++)
            Assert.True(await calls.WaitAsync(Limit, Cancel));
        await timer.DisposeAsync();
        // A call that had begun may still end.
        await Task.Delay(TimeSpan.FromMilliseconds(20), Cancel);
        var seen = Volatile.Read(ref count);
        await Task.Delay(TimeSpan.FromMilliseconds(50), Cancel);
        Assert.Equal(seen, Volatile.Read(ref count));
        Assert.False(timer.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan));
    }

    [Fact]
    public async Task A_nearer_timer_is_not_kept_waiting_by_a_far_one()
    {
        using var stop = new CancellationTokenSource();
        var far = Task.Delay(TimeSpan.FromDays(40), time, stop.Token);
        await Task.Delay(TimeSpan.FromMilliseconds(20), time, Cancel).WaitAsync(Limit, Cancel);
        Assert.False(far.IsCompleted);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => far);
    }

    [Fact]
    public void A_time_below_0_is_refused()
    {
        using var timer = time.CreateTimer(_ => { }, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Assert.Throws<ArgumentOutOfRangeException>("dueTime", () => timer.Change(TimeSpan.FromSeconds(-2), Timeout.InfiniteTimeSpan));
        Assert.Throws<ArgumentOutOfRangeException>("period", () => timer.Change(TimeSpan.Zero, TimeSpan.FromSeconds(-2)));
    }
}
