namespace Nbpy.Influx;

/// <summary>Whether the way to the store is open, and when to try it again: policy without I/O. Thread-safe.</summary>
/// <param name="time">The clock.</param>
/// <param name="refusedWait">Time between tries while the store refuses.</param>
/// <param name="random">The jitter's source, 0 to 1.</param>
public sealed class StorePath(TimeProvider time, TimeSpan refusedWait, Func<double> random)
{
    private readonly Lock gate = new();
    private readonly RetryPolicy retry = new(random);
    private long failedAt;
    private TimeSpan wait;

    /// <summary>What was seen last.</summary>
    public BatchWriterState State { get; private set; }

    /// <summary>The store's last reason.</summary>
    public string? LastError { get; private set; }

    /// <summary>How long until the next try; nothing when the way is open.</summary>
    public TimeSpan Wait
    {
        get
        {
            lock (gate)
                return Left;
        }
    }

    /// <summary>By the clock that nobody sets.</summary>
    private TimeSpan Left => State != BatchWriterState.Ready && wait - time.GetElapsedTime(failedAt) is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero;

    /// <summary>The store answered a write.</summary>
    /// <returns>True when it had not before.</returns>
    public bool Answered()
    {
        lock (gate)
        {
            var was = State;
            State = BatchWriterState.Ready;
            retry.Reset();
            return was != BatchWriterState.Ready;
        }
    }

    /// <summary>A write failed. Failures of requests that were in flight together count as one, of which the longest wait that the store asks for holds.</summary>
    /// <returns>True when the way was open until now.</returns>
    public bool Failed(WriteResult result)
    {
        lock (gate)
        {
            LastError = result.Reason;
            var (was, left) = (State, Left);
            State = result.Status == WriteStatus.Refused ? BatchWriterState.Refused : BatchWriterState.Retrying;
            if (left == TimeSpan.Zero)
                (failedAt, wait) = (time.GetTimestamp(), result.Status == WriteStatus.Refused ? refusedWait : retry.Next(result.RetryAfter));
            else if (result.RetryAfter > left)
                (failedAt, wait) = (time.GetTimestamp(), result.RetryAfter.Value < retry.MostAsked ? result.RetryAfter.Value : retry.MostAsked);
            return was == BatchWriterState.Ready;
        }
    }
}
