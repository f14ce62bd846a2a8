namespace Nbpy.EmbeddedInflux.InfluxQl;

/// <summary>What the server counts and knows of itself. Thread safe.</summary>
internal sealed class ServerFacts(TimeProvider time, RunningQueries queries)
{
    private long _queryRequests, _writeRequests, _writesOk, _writesFailed, _authFailures, _pings, _clientErrors, _serverErrors;

    /// <summary>The version clients are told: they choose by it what they may ask.</summary>
    public const string Version = "1.8.10";

    public RunningQueries Queries { get; } = queries;

    public DateTimeOffset Started { get; } = time.GetUtcNow();

    public DateTimeOffset Now => time.GetUtcNow();

    public void CountQuery() => Interlocked.Increment(ref _queryRequests);

    public void CountPing() => Interlocked.Increment(ref _pings);

    public void CountAuthFailure() => Interlocked.Increment(ref _authFailures);

    public void CountWrite(bool ok)
    {
        Interlocked.Increment(ref _writeRequests);
        Interlocked.Increment(ref ok ? ref _writesOk : ref _writesFailed);
    }

    public void CountStatus(int status)
    {
        if (status >= 500)
            Interlocked.Increment(ref _serverErrors);
        else if (status >= 400)
            Interlocked.Increment(ref _clientErrors);
    }

    /// <summary>What is sent as metrics, by the counters' names.</summary>
    public IReadOnlyDictionary<string, long> Counters() => new Dictionary<string, long>
    {
        ["store_writes"] = Interlocked.Read(ref _writesOk),
        ["store_writes_failed"] = Interlocked.Read(ref _writesFailed),
        ["store_queries"] = Interlocked.Read(ref _queryRequests),
        ["store_server_errors"] = Interlocked.Read(ref _serverErrors),
        ["store_auth_failures"] = Interlocked.Read(ref _authFailures),
    };

    /// <summary>Counters and gauges by module, under InfluxDB's names where it has them.</summary>
    public IEnumerable<(string Module, IReadOnlyList<(string Name, object Value)> Values)> Statistics()
    {
        yield return ("cq", [("queryFail", 0L), ("queryOk", 0L)]);
        yield return ("httpd",
        [
            ("authFail", Interlocked.Read(ref _authFailures)),
            ("clientError", Interlocked.Read(ref _clientErrors)),
            ("pingReq", Interlocked.Read(ref _pings)),
            ("queryReq", Interlocked.Read(ref _queryRequests)),
            ("serverError", Interlocked.Read(ref _serverErrors)),
            ("writeReq", Interlocked.Read(ref _writeRequests)),
            ("writeReqFail", Interlocked.Read(ref _writesFailed)),
            ("writeReqOk", Interlocked.Read(ref _writesOk)),
        ]);
        yield return ("queryExecutor", [("queriesActive", (long)Queries.All.Count())]);
        var memory = GC.GetGCMemoryInfo();
        yield return ("runtime",
        [
            ("Alloc", GC.GetTotalMemory(false)),
            ("HeapSys", memory.HeapSizeBytes),
            ("NumGC", (long)GC.CollectionCount(0)),
            ("Sys", Environment.WorkingSet),
            ("TotalAlloc", GC.GetTotalAllocatedBytes(false)),
        ]);
        yield return ("subscriber", [("createFailures", 0L), ("pointsWritten", 0L), ("writeFailures", 0L)]);
        yield return ("write", [("req", Interlocked.Read(ref _writeRequests)), ("writeError", Interlocked.Read(ref _writesFailed)), ("writeOk", Interlocked.Read(ref _writesOk))]);
    }
}
