namespace Nbpy.EmbeddedInflux.Storage;

/// <summary>Limits of the store.</summary>
public sealed record StoreOptions
{
    /// <summary>Directory of the data; one process at a time, held by a lock file.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>DuckDB's memory limit; a query that needs more spills to disk or fails with DuckDB's message.</summary>
    public string MemoryLimit { get; init; } = "512MB";

    /// <summary>Whether a new database gets the retention policy <c>autogen</c>.</summary>
    public bool RetentionAutoCreate { get; init; } = true;

    public int Threads { get; init; } = 2;

    /// <summary>Points go to DuckDB at least this often.</summary>
    public TimeSpan FlushInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>At this many waiting points a flush starts at once; at four times as many, or when the log holds
    /// <see cref="MaxWalBytes"/>, writers wait for it.</summary>
    public int FlushPoints { get; init; } = 50_000;

    /// <summary>Bytes in the log at which writers wait for a flush; the same number again may be in flight.</summary>
    public long MaxWalBytes { get; init; } = 64 << 20;

    /// <summary>How long a power failure may reach back.</summary>
    public TimeSpan SyncInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Whether shards past their policy are dropped.</summary>
    public bool EnforceRetention { get; init; } = true;

    public TimeSpan RetentionInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Reads that run at once; more wait their turn.</summary>
    public int ConcurrentReads { get; init; } = 4;
}
