namespace Nbpy.EmbeddedInflux.Storage;

/// <summary>One series in memory: its table, its tag values by the table's tag order, and the range of times it may already hold.
/// A point outside that range is new for sure and is appended; one inside may replace a stored point and takes the slower path.</summary>
internal sealed class Series(string key, MeasurementTable table, string?[] tags)
{
    /// <summary>Measurement and sorted tags: equal for equal series.</summary>
    public string Key { get; } = key;

    public MeasurementTable Table { get; } = table;

    /// <summary>By the table's tag order at the time the series was seen; tags the table got later are null.</summary>
    public string?[] Tags { get; } = tags;

    /// <summary>What of its table has taken note of it.</summary>
    public KnownSeries? NotedIn { get; set; }

    public long MinTime { get; set; } = table.SeedMinTime;

    public long MaxTime { get; set; } = table.SeedMaxTime;
}

/// <summary>Dictionary keys of raw bytes, looked up by span.</summary>
internal sealed class BytesComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
{
    public static readonly BytesComparer Instance = new();

    public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

    public int GetHashCode(byte[] obj) => GetHashCode(obj.AsSpan());

    public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

    public int GetHashCode(ReadOnlySpan<byte> alternate)
    {
        HashCode hash = default;
        hash.AddBytes(alternate);
        return hash.ToHashCode();
    }

    public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
}
