namespace Nbpy.EmbeddedInflux.InfluxQl;

/// <summary>One series of a result: rows of boxed values (long ns for time, double, long, string, bool or null).</summary>
public sealed record ResultSeries(
    string? Name,
    IReadOnlyDictionary<string, string>? Tags,
    IReadOnlyList<string> Columns,
    IReadOnlyList<object?[]> Values);

/// <summary>What one statement answered.</summary>
/// <param name="StatementId">0-based place in the query.</param>
/// <param name="Error">InfluxDB's words for a statement that failed; null otherwise.</param>
public sealed record StatementResult(int StatementId, IReadOnlyList<ResultSeries> Series, string? Error = null);

/// <summary>A query does not parse: the whole request is answered with 400 and this message.</summary>
public sealed class InfluxQlParseException(string message) : Exception(message);

/// <summary>Parses and runs InfluxQL.</summary>
public interface IQueryEngine
{
    /// <summary>Runs every statement in order. <c>now()</c> is the time provider's.</summary>
    /// <param name="query">One or more statements, split by <c>;</c>.</param>
    /// <param name="database">The request's <c>db</c>; null when it has none.</param>
    /// <param name="policy">The request's <c>rp</c>.</param>
    /// <param name="parameters">Bind parameters (<c>params</c>), by name without <c>$</c>.</param>
    /// <param name="readOnly">True for GET: statements that change something are refused as InfluxDB 1.x refuses them.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    /// <exception cref="InfluxQlParseException">The text is not InfluxQL.</exception>
    Task<IReadOnlyList<StatementResult>> ExecuteAsync(
        string query,
        string? database,
        string? policy,
        IReadOnlyDictionary<string, object?> parameters,
        bool readOnly,
        CancellationToken cancellationToken);
}
