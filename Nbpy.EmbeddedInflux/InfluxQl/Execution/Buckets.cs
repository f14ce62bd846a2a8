using System.Globalization;
using System.Text;

namespace Nbpy.EmbeddedInflux.InfluxQl.Execution;

/// <summary>The intervals of GROUP BY time(interval, offset) in a time zone. Times are nanoseconds.</summary>
internal sealed record Buckets(long Interval, long Offset, TimeZoneInfo Zone)
{
    /// <summary>The begin of the interval that holds <paramref name="t"/>.</summary>
    public long Start(long t)
    {
        var zone = ZoneOffset(t);
        var start = Floor(t + zone) - zone;
        var before = ZoneOffset(start);
        return before == zone ? start : start + zone - before;
    }

    /// <summary>The begin of the next interval.</summary>
    public long Next(long start)
    {
        var next = Start(start + Interval);
        // A clock set back makes one interval longer than the others.
        return next > start ? next : Start(start + Interval + 3 * 3_600_000_000_000);
    }

    /// <summary>The begin of the previous interval.</summary>
    public long Previous(long start) => Start(start - 1);

    /// <summary>The begin of the interval as integer arithmetic in SQL, for times within <paramref name="range"/>.</summary>
    public string Sql(TimeRange range)
    {
        if (Zone.HasSameRules(TimeZoneInfo.Utc))
            return SqlFloor(0);
        var changes = Changes(Math.Max(range.Min, 0), Math.Min(range.Max, 8_000_000_000_000_000_000));
        var sql = new StringBuilder();
        for (var i = changes.Count - 1; i > 0; i--)
        {
            var (at, zone, before) = (changes[i].At, changes[i].Offset, changes[i - 1].Offset);
            sql.Append(CultureInfo.InvariantCulture,
                $"WHEN time >= {at} THEN (CASE WHEN {SqlFloor(zone)} < {at} THEN {SqlFloor(zone)} + {zone - before} ELSE {SqlFloor(zone)} END) ");
        }

        return sql.Length == 0 ? SqlFloor(changes[0].Offset) : $"(CASE {sql}ELSE {SqlFloor(changes[0].Offset)} END)";
    }

    private long Floor(long t)
    {
        var rest = (t - Offset) % Interval;
        return t - (rest < 0 ? rest + Interval : rest);
    }

    private string SqlFloor(long zone) => string.Create(CultureInfo.InvariantCulture,
        $"(time - ((time + {zone - Offset}) % {Interval} + {Interval}) % {Interval})");

    private long ZoneOffset(long t) =>
        Zone.GetUtcOffset(new DateTimeOffset(DateTime.UnixEpoch.AddTicks(t / 100), TimeSpan.Zero)).Ticks * 100;

    // When the zone's offset changes; the first entry is what holds at the begin.
    private List<(long At, long Offset)> Changes(long from, long to)
    {
        const long Step = 7L * 24 * 3_600_000_000_000;
        List<(long At, long Offset)> changes = [(from, ZoneOffset(from))];
        for (var t = from; t < to; t += Step)
        {
            var (low, high) = (t, t + Step);
            if (ZoneOffset(high) == changes[^1].Offset)
                continue;
            while (high - low > 1_000_000_000)
            {
                var middle = low + (high - low) / 2;
                if (ZoneOffset(middle) == changes[^1].Offset)
                    low = middle;
                else
                    high = middle;
            }

            high = high / 1_000_000_000 * 1_000_000_000;
            changes.Add((high, ZoneOffset(high)));
        }

        return changes;
    }
}
