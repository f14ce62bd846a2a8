namespace Nbpy.EmbeddedInflux.InfluxQl.Execution;

/// <summary>Times in nanoseconds, both ends included.</summary>
internal readonly record struct TimeRange(long Min, long Max)
{
    /// <summary>The first time InfluxDB can store.</summary>
    public const long MinTime = -9223372036854775806;

    /// <summary>The last time InfluxDB can store.</summary>
    public const long MaxTime = 9223372036854775806;

    public static TimeRange All => new(MinTime, MaxTime);

    public bool HasMin => Min > MinTime;

    public bool HasMax => Max < MaxTime;

    public TimeRange Intersect(TimeRange other) => new(Math.Max(Min, other.Min), Math.Min(Max, other.Max));

    /// <summary>The condition in SQL; null when every time fits.</summary>
    public string? Sql() => (HasMin, HasMax) switch
    {
        (true, true) => FormattableString.Invariant($"time BETWEEN {Min} AND {Max}"),
        (true, false) => FormattableString.Invariant($"time >= {Min}"),
        (false, true) => FormattableString.Invariant($"time <= {Max}"),
        _ => null,
    };
}
