using System.Collections.Concurrent;

namespace Nbpy.EmbeddedInflux.InfluxQl;

/// <summary>The queries that run now: what SHOW QUERIES lists and KILL QUERY stops. Thread safe.</summary>
internal sealed class RunningQueries(TimeProvider time)
{
    private readonly ConcurrentDictionary<long, RunningQuery> _queries = new();
    private long _lastId;

    public IEnumerable<RunningQuery> All => _queries.Values.OrderBy(q => q.Id);

    /// <summary>Registers a query; disposing it ends it.</summary>
    /// <param name="limit">After this time it is stopped; null: never.</param>
    public RunningQuery Add(string text, string? database, TimeSpan? limit, CancellationToken cancellationToken)
    {
        var query = new RunningQuery(this, time, Interlocked.Increment(ref _lastId), text, database ?? "", limit, cancellationToken);
        _queries[query.Id] = query;
        return query;
    }

    /// <summary>Stops a query; false when none has that id.</summary>
    public bool Kill(long id)
    {
        if (!_queries.TryGetValue(id, out var query))
            return false;
        query.Kill();
        return true;
    }

    internal void Remove(long id) => _queries.TryRemove(id, out _);
}
