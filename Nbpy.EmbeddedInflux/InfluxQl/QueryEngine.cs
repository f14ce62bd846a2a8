using DuckDB.NET.Data;
using Nbpy.EmbeddedInflux.InfluxQl.Execution;
using Nbpy.EmbeddedInflux.InfluxQl.Syntax;
using Nbpy.EmbeddedInflux.Storage;

namespace Nbpy.EmbeddedInflux.InfluxQl;

/// <summary>Runs InfluxQL with the meaning of InfluxDB 1.8: parsed here, filtered, grouped and aggregated by DuckDB.</summary>
/// <param name="store">Where the points are.</param>
/// <param name="time">What <c>now()</c> asks.</param>
public sealed class QueryEngine(IStore store, TimeProvider time) : IQueryEngine
{
    /// <inheritdoc/>
    public async Task<IReadOnlyList<StatementResult>> ExecuteAsync(
        string query, string? database, string? policy, IReadOnlyDictionary<string, object?> parameters, bool readOnly,
        CancellationToken cancellationToken)
    {
        var statements = Parser.Parse(query, parameters);
        var now = (time.GetUtcNow().UtcTicks - DateTime.UnixEpoch.Ticks) * 100;
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

            try
            {
                if (readOnly && statement.Writes && statement is not UnsupportedStatement)
                {
                    throw new StatementException(
                        $"deprecated use of '{statement.Text}' in a read only context, please use a POST request instead");
                }

                results.Add(new StatementResult(id, await RunAsync(statement).ConfigureAwait(false)));
            }
            catch (StatementException e)
            {
                results.Add(new StatementResult(id, [], e.Message));
            }
            catch (DuckDBException e) when (!cancellationToken.IsCancellationRequested)
            {
                results.Add(new StatementResult(id, [], e.Message));
            }
        }

        return results;

        async Task<IReadOnlyList<ResultSeries>> RunAsync(Statement statement)
        {
            switch (statement)
            {
                case SelectStatement select:
                    var series = await store.ReadAsync(
                        c => new SelectRunner(store, c, now, database, policy, cancellationToken).RunAsync(select), cancellationToken)
                        .ConfigureAwait(false);
                    return select.Into is null ? series
                        : await Into.WriteAsync(store, select, series, database, policy, cancellationToken).ConfigureAwait(false);
                case ShowStatement show:
                    return await new ShowRunner(store, now, database, cancellationToken).RunAsync(show).ConfigureAwait(false);
                case UnsupportedStatement unsupported:
                    throw new StatementException($"{unsupported.What} is not supported by this server");
                default:
                    await new ManageRunner(store, now, database, cancellationToken).RunAsync(statement).ConfigureAwait(false);
                    return [];
            }
        }
    }
}
