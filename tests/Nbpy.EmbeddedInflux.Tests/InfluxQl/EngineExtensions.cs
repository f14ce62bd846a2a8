using Nbpy.EmbeddedInflux.InfluxQl;

namespace Nbpy.EmbeddedInflux.Tests.InfluxQl;

internal static class EngineExtensions
{
    public static Task<IReadOnlyList<StatementResult>> ExecuteAsync(
        this QueryEngine engine, string query, string? database, string? policy, IReadOnlyDictionary<string, object?> parameters, bool readOnly,
        CancellationToken cancellationToken) => engine.ExecuteAsync(
            new QueryRequest(query) { Database = database, Policy = policy, Parameters = parameters, ReadOnly = readOnly }, cancellationToken);
}
