namespace Nbpy.EmbeddedInflux.InfluxQl;

/// <summary>What one SELECT may ask for, as InfluxDB's <c>coordinator</c> settings of the same names; 0: no limit.</summary>
public sealed record SelectLimits
{
    /// <summary><c>max-select-series</c>: series read.</summary>
    public long Series { get; init; }

    /// <summary><c>max-select-buckets</c>: intervals of GROUP BY time(). A query without a lower bound in time is not refused but
    /// reads the last intervals only.</summary>
    public long Buckets { get; init; }

    /// <summary><c>max-select-point</c>: points read.</summary>
    public long Points { get; init; }
}
