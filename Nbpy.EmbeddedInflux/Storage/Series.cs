using System.IO.Hashing;

namespace Nbpy.EmbeddedInflux.Storage;

/// <summary>One series in memory: its table, its tag values by the table's tag order, and the times it may already hold.
/// A point of another time is new for sure and is appended; one of them may replace a stored point and takes the slower path.</summary>
internal sealed class Series(string key, MeasurementTable table, string?[] tags)
{
    private KnownTimes _times = new(table.SeedMinTime, table.SeedMaxTime);

    /// <summary>Measurement and sorted tags: equal for equal series.</summary>
    public string Key { get; } = key;

    public MeasurementTable Table { get; } = table;

    /// <summary>By the table's tag order at the time the series was seen; tags the table got later are null.</summary>
    public string?[] Tags { get; } = tags;

    /// <summary>What of its table has taken note of it.</summary>
    public KnownSeries? NotedIn { get; set; }

    /// <summary>Takes a point's time in; answers whether none of that time can be stored yet.</summary>
    public bool IsNew(long time, long request) => _times.Add(time, request);
}

/// <summary>Dictionary keys of raw bytes, looked up by span.</summary>
internal sealed class BytesComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
{
    public static readonly BytesComparer Instance = new();

    // Chosen anew by each process, so that nobody can send keys of one hash.
    private static readonly long Seed = Random.Shared.NextInt64();

    public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

    public int GetHashCode(byte[] obj) => GetHashCode(obj.AsSpan());

    public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

    public int GetHashCode(ReadOnlySpan<byte> alternate) => (int)XxHash3.HashToUInt64(alternate, Seed);

    public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
}
