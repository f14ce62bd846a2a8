using Nbpy.EmbeddedInflux.InfluxQl.Execution;

namespace Nbpy.EmbeddedInflux.ContinuousQueries;

/// <summary>When a continuous query runs and over which times: a policy without I/O, with the rules of InfluxDB 1.x.</summary>
/// <remarks>A query runs once per interval (or RESAMPLE EVERY), at the interval's end, over the intervals that ended; RESAMPLE FOR
/// reaches further back. Intervals missed while the process ran late are made up for; after a start the first interval to end is
/// the first to be computed.</remarks>
/// <param name="buckets">The intervals of GROUP BY time(…).</param>
/// <param name="every">RESAMPLE EVERY in ns; 0: the interval.</param>
/// <param name="span">RESAMPLE FOR in ns; 0: the interval, or <paramref name="every"/> where that is longer.</param>
internal sealed class ContinuousQuerySchedule(Buckets buckets, long every, long span)
{
    private readonly Buckets _runs = every > 0 ? buckets with { Interval = every, Offset = buckets.Offset % every } : buckets;
    private readonly long _span = span > 0 ? span : Math.Max(buckets.Interval, every);
    private long? _lastRun;

    /// <summary>The times to compute now, begin included and end not; null: nothing is due.</summary>
    /// <param name="now">In nanoseconds since the Unix epoch.</param>
    public (long Begin, long End)? Due(long now)
    {
        var current = _runs.Start(now);
        if (_lastRun is not { } last)
        {
            _lastRun = current;
            return null;
        }

        // A clock set back must not stop the query until it has caught up.
        if (current < last)
            _lastRun = current;
        if (current <= last)
            return null;
        _lastRun = current;
        var next = _runs.Next(last);
        var begin = buckets.Start(next + buckets.Interval - _span - 1);
        var end = buckets.Start(current + buckets.Interval - _runs.Interval);
        if (every > 0 && every < buckets.Interval)
            end = Math.Max(end, buckets.Next(buckets.Start(current - 1)));
        return end > begin ? (begin, end) : null;
    }
}
