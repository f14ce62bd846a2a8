using DuckDB.NET.Data;
using Nbpy.EmbeddedInflux.InfluxQl.Execution;
using Nbpy.EmbeddedInflux.InfluxQl.Syntax;
using Nbpy.EmbeddedInflux.Meta;
using Nbpy.EmbeddedInflux.Storage;
using Nbpy.EmbeddedInflux.Subscriptions;

namespace Nbpy.EmbeddedInflux.InfluxQl;

/// <summary>Runs InfluxQL with the meaning of InfluxDB 1.8: parsed here, filtered, grouped and aggregated by DuckDB.</summary>
public sealed class QueryEngine : IQueryEngine
{
    private readonly IStore _store;
    private readonly TimeProvider _time;
    private readonly MetaStore _meta;
    private readonly ServerFacts _facts;
    private readonly SelectLimits _limits;

    /// <param name="store">Where the points are.</param>
    /// <param name="time">What <c>now()</c> asks.</param>
    /// <param name="meta">Users and continuous queries; null: its own, in memory.</param>
    /// <param name="queryTimeout">A query that runs longer is stopped; null: none is.</param>
    /// <param name="limits">What one SELECT may ask for; null: no limits.</param>
    public QueryEngine(IStore store, TimeProvider time, MetaStore? meta = null, TimeSpan? queryTimeout = null, SelectLimits? limits = null)
    {
        _limits = limits ?? new SelectLimits();
        (_store, _time, _meta) = (store, time, meta ?? new MetaStore(null));
        _facts = new ServerFacts(time, new RunningQueries(time));
        QueryTimeout = queryTimeout;
    }

    /// <summary>What SHOW STATS, SHOW QUERIES and /debug/vars tell.</summary>
    internal ServerFacts Facts => _facts;

    /// <summary>Told of what INTO writes; null: nobody subscribes.</summary>
    internal SubscriptionService? Subscriptions { get; init; }

    private TimeSpan? QueryTimeout { get; }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<StatementResult>> ExecuteAsync(QueryRequest request, CancellationToken cancellationToken)
    {
        // InfluxDB trims the text, which shows in what it says of a quote without an end.
        var statements = Parser.Parse(request.Query.Trim(), request.Parameters);
        if (request.Authorize)
            Authorizer.Check(statements, request, _meta);
        var shown = string.Join("; ", statements.Select(StatementText.Of));
        using var running = _facts.Queries.Add(shown, request.Database, QueryTimeout, cancellationToken);
        var began = _facts.Timestamp();
        _facts.Count(Counter.StatementsExecuted);
        var results = new List<StatementResult>();
        foreach (var statement in statements)
        {
            var id = results.Count;
            // After a failure InfluxDB runs nothing more.
            if (results.Any(r => r.Error is not null))
            {
                results.Add(new StatementResult(id, [], "not executed"));
                continue;
            }

            results.Add(await RunAsync(statement, id, request, running).ConfigureAwait(false));
        }

        _facts.Count(Counter.StatementsFinished);
        _facts.CountTime(Counter.StatementNanoseconds, began);
        return results;
    }

    /// <summary>What /debug/vars tells: all but the shards, which would be looked up in the file.</summary>
    internal IEnumerable<Statistic> Statistics() => ServerStatistics.Of(_facts, _store, Subscriptions);

    // Of one module, or all: the shards stand after the databases.
    private async Task<IEnumerable<Statistic>> StatisticsAsync(string? module, CancellationToken cancellationToken)
    {
        var shards = module is null or ShardStatistics.Module
            ? ShardStatistics.Of(_store, await _store.ShardBytesAsync(cancellationToken).ConfigureAwait(false)) : [];
        var others = Statistics().ToList();
        others.InsertRange(others.FindIndex(s => s.Name == "write"), shards);
        return others.Where(s => module is null || s.Name == module);
    }

    private async Task<StatementResult> RunAsync(Statement statement, int id, QueryRequest request, RunningQuery running)
    {
        try
        {
            var series = await RunAsync(statement, request, running.Token).ConfigureAwait(false);
            return new StatementResult(id, series)
            {
                Streamed = statement is SelectStatement or ShowStatement { Kind: ShowKind.Series or ShowKind.FieldKeys or ShowKind.TagKeys or ShowKind.TagValues },
                SeriesStandAlone = statement is ShowStatement { Kind: ShowKind.TagKeys or ShowKind.TagValues },
                Warnings = request.ReadOnly && statement is { Writes: true } and not DeleteStatement { Series: false } ? [Warning(statement, request)] : [],
            };
        }
        catch (Exception e) when (running.StoppedBecause is { } reason && e is OperationCanceledException or DuckDBException)
        {
            return new StatementResult(id, [], running.StoppedBecause ?? e.Message);
        }
        catch (Exception e) when (e is StatementException or MetaException or WriteException
            || (e is DuckDBException or IOException && !running.Token.IsCancellationRequested))
        {
            return new StatementResult(id, [], e.Message);
        }
    }

    private string Warning(Statement statement, QueryRequest request)
    {
        if (statement is SelectStatement select)
            statement = Normalizer.Of(_store, select, request.Database, request.Policy);
        if (statement is CreateContinuousQueryStatement create)
            statement = create with { Select = Normalizer.Of(_store, create.Select, create.Database, null) };
        return $"deprecated use of '{StatementText.Of(statement)}' in a read only context, please use a POST request instead";
    }

    private async Task<IReadOnlyList<ResultSeries>> RunAsync(Statement statement, QueryRequest request, CancellationToken cancellationToken)
    {
        var now = (_time.GetUtcNow().UtcTicks - DateTime.UnixEpoch.Ticks) * 100;
        var (database, policy) = (request.Database, request.Policy);
        switch (statement)
        {
            case ExplainStatement explain:
                return await Explainer.RunAsync(_store, explain, request, _time, () => RunAsync(explain.Select, request, cancellationToken), cancellationToken)
                    .ConfigureAwait(false);
            case SelectStatement select:
                var series = await _store.ReadAsync(
                    c => new SelectRunner(_store, c, now, database, policy, _limits, cancellationToken).RunAsync(select), cancellationToken)
                    .ConfigureAwait(false);
                return select.Into is null ? series
                    : await Into.WriteAsync(_store, Subscriptions, select, series, database, policy, cancellationToken).ConfigureAwait(false);
            case ShowStatement { Kind: ShowKind.Stats } stats:
                return [.. (await StatisticsAsync(stats.Module, cancellationToken).ConfigureAwait(false)).Select(s =>
                    new ResultSeries(s.Name, s.Tags is { Count: > 0 } ? s.Tags : null, [.. s.Values.Select(v => v.Name)], [[.. s.Values.Select(v => (object?)v.Value)]]))];
            case ShowStatement { Kind: ShowKind.Users or ShowKind.Grants or ShowKind.ContinuousQueries or ShowKind.Queries
                or ShowKind.Diagnostics or ShowKind.Databases or ShowKind.Shards
                or ShowKind.ShardGroups or ShowKind.Subscriptions } show:
                return new MetaShowRunner(_store, _meta, _facts, request).Run(show);
            case ShowStatement show:
                return await new ShowRunner(_store, now, database, policy, cancellationToken).RunAsync(show).ConfigureAwait(false);
            case CreateUserStatement or DropUserStatement or SetPasswordStatement or GrantStatement or CreateContinuousQueryStatement
                or DropContinuousQueryStatement or CreateSubscriptionStatement or DropSubscriptionStatement or KillQueryStatement:
                new MetaRunner(_store, _meta, _facts).Run(statement);
                return [];
            default:
                await new ManageRunner(_store, now, database, cancellationToken).RunAsync(statement).ConfigureAwait(false);
                if (statement is DropDatabaseStatement drop)
                    _meta.ForgetDatabase(drop.Name);
                else if (statement is DropRetentionPolicyStatement dropped)
                    _meta.ForgetPolicy(dropped.Database, dropped.Name);
                return [];
        }
    }
}
