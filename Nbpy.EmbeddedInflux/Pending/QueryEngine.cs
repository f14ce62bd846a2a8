using System.Text.RegularExpressions;
using Nbpy.EmbeddedInflux.Storage;

namespace Nbpy.EmbeddedInflux.InfluxQl;

/// <summary>Stands in until InfluxQl/QueryEngine.cs is there (the project file then leaves this file out): databases, policies and
/// <c>SELECT * FROM name</c> only.</summary>
public sealed partial class QueryEngine(IStore store, TimeProvider time) : IQueryEngine
{
    /// <inheritdoc/>
    public async Task<IReadOnlyList<StatementResult>> ExecuteAsync(
        string query, string? database, string? policy, IReadOnlyDictionary<string, object?> parameters, bool readOnly,
        CancellationToken cancellationToken)
    {
        _ = time.GetTimestamp();
        if (CreateDatabase().Match(query) is { Success: true } create)
        {
            store.CreateDatabase(create.Groups[1].Value);
            return [new StatementResult(0, [])];
        }

        if (CreatePolicy().Match(query) is { Success: true } put)
        {
            var hours = TimeSpan.FromHours(int.Parse(put.Groups[3].Value, System.Globalization.CultureInfo.InvariantCulture));
            store.PutRetentionPolicy(put.Groups[2].Value, new RetentionPolicy(put.Groups[1].Value, hours, TimeSpan.FromHours(1), 1, false));
            return [new StatementResult(0, [])];
        }

        if (SelectAll().Match(query) is not { Success: true } select)
            throw new InfluxQlParseException("not supported yet: " + query);
        var schema = store.Measurements(database!, policy).Select(m => m.Schema).FirstOrDefault(m => m.Name == select.Groups[1].Value);
        if (schema is null)
            return [new StatementResult(0, [])];
        string[] names = [.. schema.Fields.Keys.Concat(schema.Tags).Order(StringComparer.Ordinal)];
        var columns = names.Select(n => schema.Fields.ContainsKey(n) ? MeasurementSchema.FieldColumn(n) : MeasurementSchema.TagColumn(n));
        var rows = await store.ReadAsync(async connection =>
        {
            await using var command = connection.CreateCommand();
            command.CommandText = $"SELECT time, {string.Join(", ", columns)} FROM {schema.Table} ORDER BY time";
            await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            var values = new List<object?[]>();
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                values.Add([.. Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? null : reader.GetValue(i))]);
            return values;
        }, cancellationToken).ConfigureAwait(false);
        return [new StatementResult(0, [new ResultSeries(schema.Name, null, ["time", .. names], rows)])];
    }

    [GeneratedRegex("""^\s*create database "?(\w+)"?\s*$""", RegexOptions.IgnoreCase)]
    private static partial Regex CreateDatabase();

    [GeneratedRegex("""^\s*create retention policy "?(\w+)"? on "?(\w+)"? duration (\d+)h""", RegexOptions.IgnoreCase)]
    private static partial Regex CreatePolicy();

    [GeneratedRegex("""^\s*select \* from "?(\w+)"?\s*$""", RegexOptions.IgnoreCase)]
    private static partial Regex SelectAll();
}
