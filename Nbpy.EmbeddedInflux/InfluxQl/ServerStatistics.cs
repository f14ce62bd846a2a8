using Nbpy.EmbeddedInflux.Storage;
using Nbpy.EmbeddedInflux.Subscriptions;

namespace Nbpy.EmbeddedInflux.InfluxQl;

/// <summary>Counters and gauges by module, in InfluxDB's order and under its names: what this server does not have is not there.</summary>
internal static class ServerStatistics
{
    public static IEnumerable<Statistic> Of(ServerFacts facts, IStore store, SubscriptionService? subscriptions)
    {
        yield return new("runtime", new Dictionary<string, string>(), Memory(heapInUse: "HeapInUse"));
        yield return new("queryExecutor", null,
        [
            ("queriesActive", facts.Queries.All.Count()),
            ("queriesExecuted", facts[Counter.StatementsExecuted]),
            ("queriesFinished", facts[Counter.StatementsFinished]),
            ("queryDurationNs", facts[Counter.StatementNanoseconds]),
            ("recoveredPanics", 0),
        ]);
        foreach (var database in store.Databases)
        {
            yield return new("database", new Dictionary<string, string> { ["database"] = database },
                [("numMeasurements", store.Measurements(database, null).Select(m => m.Schema.Name).Distinct().Count())]);
        }

        yield return new("write", null,
        [
            ("pointReq", facts[Counter.PointsOk] + facts[Counter.PointsFailed]),
            ("pointReqLocal", facts[Counter.PointsOk] + facts[Counter.PointsFailed]),
            ("req", facts[Counter.Writes]),
            ("subWriteDrop", 0),
            ("subWriteOk", facts[Counter.WritesOk]),
            ("writeDrop", 0),
            ("writeError", facts[Counter.WritesFailed]),
            ("writeOk", facts[Counter.WritesOk]),
            ("writeTimeout", 0),
        ]);
        foreach (var statistic in Subscriber(subscriptions))
            yield return statistic;
        yield return new("cq", null, [("queryFail", facts[Counter.ContinuousQueriesFailed]), ("queryOk", facts[Counter.ContinuousQueriesOk])]);
        yield return new("httpd", new Dictionary<string, string> { ["bind"] = facts.Bind },
        [
            ("authFail", facts[Counter.AuthFailures]),
            ("clientError", facts[Counter.ClientErrors]),
            ("pingReq", facts[Counter.Pings]),
            ("pointsWrittenFail", facts[Counter.PointsFailed]),
            ("pointsWrittenOK", facts[Counter.PointsOk]),
            ("promReadReq", facts[Counter.PrometheusReads]),
            ("promWriteReq", facts[Counter.PrometheusWrites]),
            ("queryReq", facts[Counter.Queries]),
            ("queryReqDurationNs", facts[Counter.QueryNanoseconds]),
            ("req", facts[Counter.Requests]),
            ("reqActive", facts.ActiveRequests),
            ("reqDurationNs", facts[Counter.RequestNanoseconds]),
            ("serverError", facts[Counter.ServerErrors]),
            ("statusReq", facts[Counter.StatusRequests]),
            ("writeReq", facts[Counter.Writes]),
            ("writeReqActive", facts.ActiveWrites),
            ("writeReqBytes", facts[Counter.WriteBytes]),
            ("writeReqDurationNs", facts[Counter.WriteNanoseconds]),
        ]);
    }

    /// <summary>Memory as Go's runtime names it, in bytes; without what .NET does not count.</summary>
    /// <param name="heapInUse">The one name that InfluxDB spells in two ways.</param>
    public static IReadOnlyList<(string Name, long Value)> Memory(string heapInUse)
    {
        var memory = GC.GetGCMemoryInfo();
        var live = GC.GetTotalMemory(false);
        return
        [
            ("Alloc", live),
            ("HeapAlloc", live),
            ("HeapIdle", Math.Max(memory.TotalCommittedBytes - memory.HeapSizeBytes, 0)),
            (heapInUse, memory.HeapSizeBytes),
            ("HeapSys", memory.TotalCommittedBytes),
            ("NumGC", GC.CollectionCount(0)),
            ("PauseTotalNs", GC.GetTotalPauseDuration().Ticks * 100),
            ("Sys", Environment.WorkingSet),
            ("TotalAlloc", GC.GetTotalAllocatedBytes(false)),
        ];
    }

    private static IEnumerable<Statistic> Subscriber(SubscriptionService? subscriptions)
    {
        const string Name = "subscriber";
        var totals = subscriptions?.Totals ?? new SendCounts();
        yield return new(Name, null, [("createFailures", 0), .. Sent(totals)]);
        foreach (var queue in subscriptions?.Queues() ?? [])
        {
            var of = queue.Subscription;
            foreach (var destination in queue.Destinations)
            {
                yield return new(Name, new Dictionary<string, string>
                {
                    ["database"] = of.Database, ["destination"] = destination.Url, ["mode"] = of.Mode, ["name"] = of.Name, ["retention_policy"] = of.Policy,
                }, Sent(destination.Counts));
            }
        }
    }

    private static IReadOnlyList<(string, long)> Sent(SendCounts counts) =>
        [("pointsWritten", counts.PointsWritten), ("writeFailures", counts.WriteFailures)];
}
