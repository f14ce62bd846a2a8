using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Nbpy.Influx;

/// <summary>A point as it is stored.</summary>
/// <param name="TimeNs">ns since the Unix epoch.</param>
/// <param name="Tags">Tags by name; those without a value are left out.</param>
/// <param name="Fields">Fields by name; those without a value are left out.</param>
public sealed record StoredPoint(long TimeNs, IReadOnlyDictionary<string, string> Tags, IReadOnlyDictionary<string, JsonElement> Fields);

/// <summary>Reads a measurement from end to end in pages, in time order, with any number of points and little memory.</summary>
/// <param name="client">The store.</param>
/// <param name="pageSize">Points a query.</param>
public sealed class MeasurementReader(InfluxClient client, int pageSize = 10_000)
{
    /// <summary>Of a field that has several types in several shards, InfluxDB gives the values of the first of these (its manual, "Field type
    /// discrepancies"; an integer as a float).</summary>
    private static readonly string[] Precedence = ["float", "integer", "unsigned", "string", "boolean"];

    /// <summary>Types of the fields (<c>float</c>, <c>integer</c>, <c>string</c>, <c>boolean</c>), by name.</summary>
    /// <param name="policy">Null is the database's default policy.</param>
    /// <param name="measurement">Its name.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async Task<IReadOnlyDictionary<string, string>> FieldTypesAsync(string? policy, string measurement, CancellationToken cancellationToken)
    {
        var result = await client.QueryAsync($"SHOW FIELD KEYS FROM {RetentionManager.FullName(client.Options.Database, policy, measurement)}", cancellationToken).ConfigureAwait(false);
        var types = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var row in result.Series.SelectMany(s => s.Rows).OrderByDescending(r => Array.IndexOf(Precedence, r[1].GetString())))
            types[row[0].GetString()!] = row[1].GetString()!;
        return types;
    }

    /// <summary>Points with from ≤ time &lt; to.</summary>
    /// <param name="policy">Null is the database's default policy.</param>
    /// <param name="measurement">Its name.</param>
    /// <param name="fromNs">ns since the Unix epoch.</param>
    /// <param name="toNs">ns since the Unix epoch.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="InfluxException">The store does not answer.</exception>
    public async IAsyncEnumerable<StoredPoint> ReadAsync(
        string? policy, string measurement, long fromNs, long toNs, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var fields = await FieldTypesAsync(policy, measurement, cancellationToken).ConfigureAwait(false);
        var from = RetentionManager.FullName(client.Options.Database, policy, measurement);
        // Points of the time where a page begins that the pages before it held.
        var offset = 0;
        while (true)
        {
            var page = await client.QueryAsync(
                string.Create(CultureInfo.InvariantCulture, $"SELECT * FROM {from} WHERE time >= {fromNs} AND time < {toNs} ORDER BY time ASC LIMIT {pageSize} OFFSET {offset}"),
                cancellationToken).ConfigureAwait(false);
            if (page.Series.Count == 0)
                yield break;
            var series = page.Series[0];
            var last = series.Rows[^1][0].GetInt64();

            // However short, a page is not known to be the last one: a server may give fewer rows than it is asked for (InfluxDB's max-row-limit).
            // The next begins with all points of the last time, or behind them where this one has no other.
            var isOneTime = series.Rows[0][0].GetInt64() == last;
            foreach (var row in series.Rows)
                if (isOneTime || row[0].GetInt64() != last)
                    yield return Point(series, row, fields);
            offset = isOneTime ? series.Rows.Count + (last == fromNs ? offset : 0) : 0;
            fromNs = last;
        }
    }

    private static StoredPoint Point(InfluxSeries series, JsonElement[] row, IReadOnlyDictionary<string, string> fields)
    {
        var tags = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var values = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        for (var i = 1; i < row.Length; i++)
        {
            if (row[i].ValueKind == JsonValueKind.Null)
                continue;
            if (fields.ContainsKey(series.Columns[i]))
                values[series.Columns[i]] = row[i];
            else if (row[i].GetString() is { Length: > 0 } tag)
                tags[series.Columns[i]] = tag;
        }

        return new StoredPoint(row[0].GetInt64(), tags, values);
    }
}
