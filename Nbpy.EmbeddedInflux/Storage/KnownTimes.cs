namespace Nbpy.EmbeddedInflux.Storage;

/// <summary>Ranges of times that a series may already hold: a time outside of them is new for sure. Each request's points make a range of
/// their own, so that what several connections send out of order stays new. Bounded: the two ranges closest to each other become one; and few
/// until a series is seen to get points out of order.</summary>
internal struct KnownTimes
{
    private const int Most = 32;
    private (long First, long Last)[] _ranges;
    private int _count;
    private int _limit = 2;
    private int _current;
    private long _request;

    /// <param name="first">First time that may be held already; above <paramref name="last"/>: none is.</param>
    /// <param name="last">The last one.</param>
    public KnownTimes(long first, long last)
    {
        _ranges = [(first, last)];
        _count = first <= last ? 1 : 0;
    }

    /// <summary>Takes a time in.</summary>
    /// <param name="time">The point's.</param>
    /// <param name="request">A number for each request.</param>
    /// <returns>Whether the time is new.</returns>
    public bool Add(long time, long request)
    {
        if (request == _request && Extend(time))
            return true;
        var place = _count;
        while (place > 0 && _ranges[place - 1].First > time)
            place--;
        if (place < _count || (place > 0 && time <= _ranges[place - 1].Last))
            _limit = Math.Min(_limit * 2, Most);
        if (place > 0 && time <= _ranges[place - 1].Last)
            return false;
        if (_count == _limit)
            place -= MergeClosest(place);
        else if (_count == _ranges.Length)
            Array.Resize(ref _ranges, _count * 2);
        Array.Copy(_ranges, place, _ranges, place + 1, _count - place);
        _ranges[place] = (time, time);
        _count++;
        _current = place;
        _request = request;
        return true;
    }

    /// <summary>Widens the request's range to the time where nothing known lies between them.</summary>
    private readonly bool Extend(long time)
    {
        ref var range = ref _ranges[_current];
        if (time > range.Last && (_current + 1 == _count || time < _ranges[_current + 1].First))
        {
            range.Last = time;
            return true;
        }

        if (time < range.First && (_current == 0 || time > _ranges[_current - 1].Last))
        {
            range.First = time;
            return true;
        }

        return false;
    }

    /// <returns>1 when the ranges before <paramref name="place"/> became one less, else 0.</returns>
    private int MergeClosest(int place)
    {
        // The new range goes between the two around its place: they stay apart.
        var closest = place == 1 ? 1 : 0;
        for (var i = 0; i + 1 < _count; i++)
        {
            if (i + 1 != place && Gap(i) < Gap(closest))
                closest = i;
        }

        _ranges[closest].Last = _ranges[closest + 1].Last;
        _count--;
        Array.Copy(_ranges, closest + 2, _ranges, closest + 1, _count - closest - 1);
        return closest + 1 < place ? 1 : 0;
    }

    private readonly ulong Gap(int i) => (ulong)_ranges[i + 1].First - (ulong)_ranges[i].Last;
}
