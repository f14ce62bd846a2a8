namespace Nbpy.EmbeddedInflux.InfluxQl;

/// <summary>A query that runs.</summary>
internal sealed class RunningQuery : IDisposable
{
    private readonly RunningQueries _owner;
    private readonly TimeProvider _time;
    private readonly long _started;
    private readonly CancellationToken _client;
    private readonly CancellationTokenSource _stop;
    private readonly CancellationTokenSource? _limit;
    private readonly Lock _gate = new();
    private bool _disposed;
    private volatile bool _killed;

    public RunningQuery(RunningQueries owner, TimeProvider time, long id, string text, string database, TimeSpan? limit, CancellationToken client)
    {
        (_owner, _time, _client, Id, Text, Database) = (owner, time, client, id, text, database);
        _started = time.GetTimestamp();
        _limit = limit is { } span ? new CancellationTokenSource(span, time) : null;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(client, _limit?.Token ?? CancellationToken.None);
    }

    public long Id { get; }

    public string Text { get; }

    public string Database { get; }

    public TimeSpan Elapsed => _time.GetElapsedTime(_started);

    public string Status => _killed ? "killed" : "running";

    /// <summary>Cancelled when the client is gone, the time is up or the query was killed.</summary>
    public CancellationToken Token => _stop.Token;

    /// <summary>Why it was stopped, in InfluxDB's words; null when the client is gone or it was not stopped.</summary>
    public string? StoppedBecause => _client.IsCancellationRequested ? null
        : _killed ? "query killed"
        : _limit is { IsCancellationRequested: true } ? "query-timeout limit exceeded"
        : null;

    public void Kill()
    {
        _killed = true;
        lock (_gate)
        {
            if (!_disposed)
                _stop.Cancel();
        }
    }

    public void Dispose()
    {
        _owner.Remove(Id);
        lock (_gate)
        {
            _disposed = true;
            _stop.Dispose();
            _limit?.Dispose();
        }
    }
}
