namespace Nbpy.EmbeddedInflux.InfluxQl;

/// <summary>What the server counts and knows of itself. Thread safe.</summary>
internal sealed class ServerFacts(TimeProvider time, RunningQueries queries)
{
    private readonly long[] _counts = new long[Enum.GetValues<Counter>().Length];
    private int _activeRequests, _activeWrites;

    /// <summary>The version clients are told: they choose by it what they may ask.</summary>
    public const string Version = "1.8.10";

    public RunningQueries Queries { get; } = queries;

    public DateTimeOffset Started { get; } = time.GetUtcNow();

    public DateTimeOffset Now => time.GetUtcNow();

    /// <summary>Where it listens, as it was told.</summary>
    public string Bind { get; set; } = "";

    public int ActiveRequests => _activeRequests;

    public int ActiveWrites => _activeWrites;

    public long this[Counter counter] => Interlocked.Read(ref _counts[(int)counter]);

    public void Count(Counter counter, long n = 1) => Interlocked.Add(ref _counts[(int)counter], n);

    /// <summary>Counts the time since <paramref name="timestamp"/>, one of <see cref="Timestamp"/>.</summary>
    public void CountTime(Counter counter, long timestamp) => Count(counter, time.GetElapsedTime(timestamp).Ticks * 100);

    public long Timestamp() => time.GetTimestamp();

    public long BeginRequest()
    {
        Interlocked.Increment(ref _activeRequests);
        return Timestamp();
    }

    public void EndRequest(long began, int status)
    {
        Interlocked.Decrement(ref _activeRequests);
        Count(Counter.Requests);
        CountTime(Counter.RequestNanoseconds, began);
        if (status >= 400)
            Count(status >= 500 ? Counter.ServerErrors : Counter.ClientErrors);
    }

    public long BeginWrite()
    {
        Interlocked.Increment(ref _activeWrites);
        return Timestamp();
    }

    /// <param name="bytes">Of the body.</param>
    /// <param name="lines">The body as line protocol; a line counts as a point.</param>
    public void EndWrite(long began, bool ok, int bytes, ReadOnlySpan<byte> lines)
    {
        Interlocked.Decrement(ref _activeWrites);
        Count(Counter.Writes);
        CountTime(Counter.WriteNanoseconds, began);
        Count(Counter.WriteBytes, bytes);
        Count(ok ? Counter.WritesOk : Counter.WritesFailed);
        Count(ok ? Counter.PointsOk : Counter.PointsFailed, lines.Count((byte)'\n') + (lines.IsEmpty || lines[^1] == '\n' ? 0 : 1));
    }

    /// <summary>What is sent as metrics, by the counters' names.</summary>
    public IReadOnlyDictionary<string, long> Counters() => new Dictionary<string, long>
    {
        ["store_writes"] = this[Counter.WritesOk],
        ["store_writes_failed"] = this[Counter.WritesFailed],
        ["store_queries"] = this[Counter.Queries],
        ["store_server_errors"] = this[Counter.ServerErrors],
        ["store_auth_failures"] = this[Counter.AuthFailures],
    };
}
