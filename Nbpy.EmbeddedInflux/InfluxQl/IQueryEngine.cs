namespace Nbpy.EmbeddedInflux.InfluxQl;

/// <summary>One series of a result: rows of boxed values (long ns for time, double, long, string, bool or null).</summary>
public sealed record ResultSeries(
    string? Name,
    IReadOnlyDictionary<string, string>? Tags,
    IReadOnlyList<string> Columns,
    IReadOnlyList<object?[]> Values)
{
    /// <summary>The series goes on in the next chunk, or was cut at the limit of rows.</summary>
    public bool Partial { get; init; }

    /// <summary>The zone whose offset times are written with; null: UTC.</summary>
    public TimeZoneInfo? Zone { get; init; }
}

/// <summary>What one statement answered.</summary>
/// <param name="StatementId">0-based place in the query.</param>
/// <param name="Error">InfluxDB's words for a statement that failed; null otherwise.</param>
public sealed record StatementResult(int StatementId, IReadOnlyList<ResultSeries> Series, string? Error = null)
{
    /// <summary>Warnings that go with the answer.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>True when the statement answers series by series, so that chunks may cut it.</summary>
    public bool Streamed { get; init; }

    /// <summary>True when a chunk with one of its series does not say that another follows, as InfluxDB's of tags' keys and values do not.</summary>
    public bool SeriesStandAlone { get; init; }

    /// <summary>More of this statement's answer follows in the next chunk.</summary>
    public bool Partial { get; init; }
}

/// <summary>A query does not parse: the whole request is answered with 400 and this message.</summary>
public sealed class InfluxQlParseException(string message) : Exception(message);

/// <summary>Parses and runs InfluxQL.</summary>
public interface IQueryEngine
{
    /// <summary>Runs every statement in order. <c>now()</c> is the time provider's.</summary>
    /// <exception cref="InfluxQlParseException">The text is not InfluxQL.</exception>
    /// <exception cref="NotAuthorizedException">The user may not run one of the statements; none ran.</exception>
    Task<IReadOnlyList<StatementResult>> ExecuteAsync(QueryRequest request, CancellationToken cancellationToken);
}
