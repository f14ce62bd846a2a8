namespace Nbpy.EmbeddedInflux.Storage;

/// <summary>One database of the catalog. Guarded by the store's write lock.</summary>
internal sealed class Database(string name)
{
    public string Name { get; } = name;

    /// <summary>In the order of their making, in which they are listed.</summary>
    public OrderedDictionary<string, PolicyTables> Policies { get; } = [];

    /// <summary>Field types, one per measurement and field whatever the policy.</summary>
    public Dictionary<string, Dictionary<string, FieldType>> FieldTypes { get; } = [];

    public PolicyTables? DefaultPolicy => Policies.Values.FirstOrDefault(p => p.Policy.IsDefault);
}

/// <summary>A retention policy with its tables and the series seen.</summary>
internal sealed class PolicyTables(RetentionPolicy policy)
{
    /// <summary>At this many series the cache is emptied: series then count as unseen, which is slower but right.</summary>
    private const int MaxCachedSeries = 200_000;

    public RetentionPolicy Policy { get; set; } = policy;

    public Dictionary<string, MeasurementTable> Tables { get; } = [];

    public ShardSpans Shards { get; } = new();

    /// <summary>By the key as written in line protocol; several spellings may share one series.</summary>
    public Dictionary<byte[], Series> SeriesByRawKey { get; } = new(BytesComparer.Instance);

    public Dictionary<string, Series> SeriesByCanonicalKey { get; } = [];

    public void Remember(ReadOnlySpan<byte> rawKey, Series series)
    {
        if (SeriesByRawKey.Count >= MaxCachedSeries)
            ForgetSeries();
        SeriesByRawKey[rawKey.ToArray()] = series;
    }

    public void ForgetSeries()
    {
        SeriesByRawKey.Clear();
        SeriesByCanonicalKey.Clear();
        foreach (var table in Tables.Values)
        {
            table.SeedMinTime = table.MinTime;
            table.SeedMaxTime = table.MaxTime;
        }
    }
}
