namespace Nbpy.Publishers.Replay;

/// <summary>Turns the times of a recording into times of now: the first message is at the start, the spacing is the
/// recording's divided by the speed, long silences are shortened, and time never runs backwards, not even where a loop
/// starts again. No I/O and no clock of its own.</summary>
internal sealed class ReplayClock(ReplayOptions options, long startNs)
{
    /// <summary>Between messages of a recording without times.</summary>
    internal static readonly TimeSpan UntimedGap = TimeSpan.FromMilliseconds(200);

    /// <summary>Between the last message of a loop and the first of the next.</summary>
    internal static readonly TimeSpan LoopGap = TimeSpan.FromSeconds(1);

    private long positionNs;
    private long recordedNs;
    private long? last;
    private bool started;

    /// <summary>How far the replay has come, in real time.</summary>
    public TimeSpan Position => TimeSpan.FromTicks(positionNs / TimeSpan.NanosecondsPerTick);

    /// <summary>How far the recording has been read in this loop, in its own time.</summary>
    public TimeSpan Recorded => TimeSpan.FromTicks(recordedNs / TimeSpan.NanosecondsPerTick);

    /// <summary>Call at the start of every loop.</summary>
    public void BeginLoop()
    {
        if (started)
            Advance((long)LoopGap.TotalNanoseconds);
        last = null;
        recordedNs = 0;
    }

    /// <summary>Takes the next message.</summary>
    /// <param name="recordedAtNs">Its time in the recording, null where nobody knows.</param>
    /// <param name="firstOfFrame">False when it came in one frame with the message before: an unknown time then takes no gap.</param>
    /// <returns>False while the message lies before the offset and is not to be published.</returns>
    public bool Next(long? recordedAtNs, bool firstOfFrame)
    {
        long gap = 0;
        if (recordedAtNs is { } time)
        {
            // Venues send late prices out of order: those follow at once.
            gap = last is { } before ? Math.Max(0, time - before) : 0;
            last = Math.Max(last ?? time, time);
        }
        else if (firstOfFrame)
            gap = (long)UntimedGap.TotalNanoseconds;
        recordedNs += gap;
        if (recordedNs < options.Offset.TotalNanoseconds)
            return false;
        if (started)
            Advance(Math.Min(gap, (long)options.MaxGap.TotalNanoseconds));
        started = true;
        return true;
    }

    /// <summary>The time to publish the message with, in nanoseconds since the Unix epoch.</summary>
    /// <param name="nowNs">The clock's reading, for a replay that runs flat out and so has no spacing of its own.</param>
    public long TimestampNs(long nowNs)
    {
        if (options.FlatOut)
            positionNs = Math.Max(nowNs - startNs, positionNs + 1);
        return startNs + positionNs;
    }

    private void Advance(long ns)
    {
        if (!options.FlatOut)
            positionNs += (long)(ns / options.Speed);
    }
}
