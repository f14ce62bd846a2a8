namespace Nbpy.Publishers;

/// <summary>The system's clock with timers of its own: one thread waits for the earliest timer and calls it itself. Where a source waits a few times
/// a second, a timer of the system costs some ten switches between threads a wait (the pool's, and looks at far timers three times a second), one of
/// these costs one. Callbacks run one after another, so they must be short, and there should be a handful of timers. No timer fires early.</summary>
public sealed class TimerThread : TimeProvider
{
    /// <summary>The thread ends after so long without a timer; the next one starts it again.</summary>
    private static readonly TimeSpan IdleLimit = TimeSpan.FromSeconds(10);
    private readonly object gate = new();
    private readonly List<ThreadTimer> timers = [];
    private bool isRunning;

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new ThreadTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private static TimeSpan Checked(TimeSpan value, string name) =>
        value >= TimeSpan.Zero || value == Timeout.InfiniteTimeSpan
            ? value
            : throw new ArgumentOutOfRangeException(name, value, "A time is 0 or more, or Timeout.InfiniteTimeSpan.");

    private void Run()
    {
        while (Next() is { } timer)
            timer.Call();
    }

    /// <summary>Waits for the earliest timer and takes it; null when there was none for a while.</summary>
    private ThreadTimer? Next()
    {
        lock (gate)
        {
            while (true)
            {
                var next = timers.MinBy(t => t.Due);
                var wait = next is null ? IdleLimit : next.Due - GetElapsedTime(0);
                if (wait > TimeSpan.Zero)
                {
                    var changed = Monitor.Wait(gate, (int)Math.Min(Math.Ceiling(wait.TotalMilliseconds), int.MaxValue));
                    if (next is not null || changed || timers.Count > 0)
                        continue;
                    isRunning = false;
                    return null;
                }

                if (next!.Period > TimeSpan.Zero)
                    next.Due += next.Period;
                else
                    timers.Remove(next);
                return next;
            }
        }
    }

    private sealed class ThreadTimer(TimerThread owner, TimerCallback callback, object? state) : ITimer
    {
        private bool isDisposed;

        /// <summary>On the clock of the system's timestamps.</summary>
        public TimeSpan Due { get; set; }

        public TimeSpan Period { get; private set; }

        public void Call() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Checked(dueTime, nameof(dueTime));
            Checked(period, nameof(period));
            lock (owner.gate)
            {
                if (isDisposed)
                    return false;
                owner.timers.Remove(this);
                if (dueTime == Timeout.InfiniteTimeSpan)
                    return true;
                (Due, Period) = (owner.GetElapsedTime(0) + dueTime, period);
                owner.timers.Add(this);
                if (owner.isRunning)
                    Monitor.Pulse(owner.gate);
                else
                    new Thread(owner.Run) { IsBackground = true, Name = "timers" }.Start();
                owner.isRunning = true;
                return true;
            }
        }

        public void Dispose()
        {
            lock (owner.gate)
            {
                isDisposed = true;
                owner.timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
