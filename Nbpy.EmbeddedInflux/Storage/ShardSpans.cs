namespace Nbpy.EmbeddedInflux.Storage;

/// <summary>A shard group's number and its times in nanoseconds, the end excluded.</summary>
internal readonly record struct ShardSpan(long Id, long Start, long End);

/// <summary>The shard groups of one retention policy, by begin. A change of the policy's shard duration leaves those there are as
/// they are, so they may be of several lengths. Guarded by the store's write lock.</summary>
internal sealed class ShardSpans
{
    private readonly List<ShardSpan> _spans = [];
    private ShardSpan _last;
    private long _longest;

    public IReadOnlyList<ShardSpan> All => _spans;

    /// <summary>Whether a group holds the time; quick for times near each other.</summary>
    public bool Contains(long time)
    {
        if (time >= _last.Start && time < _last.End)
            return true;
        for (var i = FirstAfter(time) - 1; i >= 0 && _spans[i].Start > (Int128)time - _longest; i--)
        {
            if (time >= _spans[i].End)
                continue;
            _last = _spans[i];
            return true;
        }

        return false;
    }

    public void Add(ShardSpan span)
    {
        _spans.Insert(FirstAfter(span.Start), span);
        _longest = (long)Int128.Min(Int128.Max(_longest, (Int128)span.End - span.Start), long.MaxValue);
        _last = span;
    }

    public void Remove(ShardSpan span)
    {
        _spans.Remove(span);
        _last = default;
    }

    /// <summary>The group that holds the time, for a policy of this shard duration. Groups are counted from the year 1, as InfluxDB
    /// does: those of a week begin on Mondays.</summary>
    public static ShardSpan At(long id, long time, TimeSpan duration)
    {
        var length = Math.Max(duration.Ticks * 100, 1);
        var since = (Int128)DateTime.UnixEpoch.Ticks * 100 + time;
        var start = time - since % length;
        // The last time there is lies one before that.
        var end = Int128.Min(start + length, long.MaxValue);
        return new ShardSpan(id, (long)Int128.Max(start, long.MinValue), (long)end);
    }

    private int FirstAfter(long time)
    {
        var (low, high) = (0, _spans.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_spans[middle].Start <= time)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }
}
