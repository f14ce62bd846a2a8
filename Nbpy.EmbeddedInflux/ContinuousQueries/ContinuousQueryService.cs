using Nbpy.EmbeddedInflux.InfluxQl;
using Nbpy.EmbeddedInflux.InfluxQl.Execution;
using Nbpy.EmbeddedInflux.Meta;

namespace Nbpy.EmbeddedInflux.ContinuousQueries;

/// <summary>Runs continuous queries when they are due. A failed run is reported and its times are not tried again, as in InfluxDB.</summary>
/// <param name="meta">Where the queries are kept.</param>
/// <param name="engine">Runs them.</param>
/// <param name="time">The clock.</param>
/// <param name="report">Told what failed.</param>
internal sealed class ContinuousQueryService(MetaStore meta, QueryEngine engine, TimeProvider time, Action<string> report)
{
    /// <summary>How often the queries are looked at, as InfluxDB's <c>run-interval</c>.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Dictionary<ContinuousQuery, ParsedContinuousQuery?> _parsed = [];

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
                await RunDueAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Stopping.
        }
    }

    /// <summary>Runs every query that is due now, one after the other.</summary>
    public async Task RunDueAsync(CancellationToken cancellationToken)
    {
        var kept = meta.State.ContinuousQueries;
        if (kept.IsEmpty && _parsed.Count == 0)
            return;
        foreach (var gone in _parsed.Keys.Except(kept).ToList())
            _parsed.Remove(gone);
        foreach (var query in kept)
        {
            if (!_parsed.TryGetValue(query, out var parsed))
                _parsed[query] = parsed = Parse(query);
            var now = (time.GetUtcNow().UtcTicks - DateTime.UnixEpoch.Ticks) * 100;
            if (parsed?.Schedule.Due(now) is { } due)
                await RunAsync(parsed, due.Begin, due.End, cancellationToken).ConfigureAwait(false);
        }
    }

    private ParsedContinuousQuery? Parse(ContinuousQuery query)
    {
        try
        {
            return new ParsedContinuousQuery(query);
        }
        catch (Exception e) when (e is InfluxQlParseException or StatementException)
        {
            report($"continuous query {query.Name} of {query.Database} cannot run: {e.Message}");
            return null;
        }
    }

    private async Task RunAsync(ParsedContinuousQuery parsed, long begin, long end, CancellationToken cancellationToken)
    {
        string? error;
        try
        {
            var request = new QueryRequest(parsed.Statement(begin, end)) { Database = parsed.Query.Database };
            error = (await engine.ExecuteAsync(request, cancellationToken).ConfigureAwait(false))[0].Error;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            error = e.Message;
        }

        engine.Facts.Count(error is null ? Counter.ContinuousQueriesOk : Counter.ContinuousQueriesFailed);
        if (error is not null)
            report($"continuous query {parsed.Query.Name} of {parsed.Query.Database} failed: {error}");
    }
}
