using System.Globalization;

namespace Nbpy.EmbeddedInflux.Storage;

public sealed partial class Store
{
    /// <inheritdoc/>
    public async Task<IReadOnlyDictionary<long, long>> ShardBytesAsync(CancellationToken cancellationToken)
    {
        List<(ShardSpan Span, List<(string Sql, int Columns)> Tables)> shards;
        lock (_gate)
            shards = [.. _databases.Values.SelectMany(d => d.Policies.Values).SelectMany(p => p.Shards.All.Select(s => (s,
                p.Tables.Values.Where(t => t.MinTime < s.End && t.MaxTime >= s.Start).Select(t => (t.Sql, 1 + t.Tags.Count + t.Fields.Count)).ToList())))];
        var values = await ReadAsync(
            async connection =>
            {
                var sums = new Dictionary<long, decimal>();
                foreach (var (span, tables) in shards)
                {
                    sums[span.Id] = 0;
                    foreach (var some in tables.Chunk(TablesAsked))
                        sums[span.Id] += await ValuesAsync(connection, some, span, cancellationToken).ConfigureAwait(false);
                }

                return sums;
            },
            cancellationToken).ConfigureAwait(false);
        var all = values.Values.Sum();
        var bytes = FileBytes();
        return values.ToDictionary(v => v.Key, v => all == 0 ? 0 : (long)(bytes * v.Value / all));
    }

    /// <summary>How many values tables have in a group. One that was dropped meanwhile has none.</summary>
    private static async Task<decimal> ValuesAsync(
        DuckDB.NET.Data.DuckDBConnection connection, (string Sql, int Columns)[] tables, ShardSpan span, CancellationToken cancellationToken)
    {
        try
        {
            using var command = connection.CreateCommand();
            command.CommandText = "SELECT sum(n)::BIGINT FROM (" + OfEach(tables, (t, _) => string.Create(CultureInfo.InvariantCulture,
                $"SELECT {t.Columns} * count(*) AS n FROM {t.Sql} WHERE time >= {span.Start} AND time < {span.End}")) + ")";
            return Convert.ToInt64(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false), CultureInfo.InvariantCulture);
        }
        catch (DuckDB.NET.Data.DuckDBException e) when (e.Message.Contains("does not exist", StringComparison.Ordinal))
        {
            var sum = 0m;
            foreach (var table in tables.Length > 1 ? tables : [])
                sum += await ValuesAsync(connection, [table], span, cancellationToken).ConfigureAwait(false);
            return sum;
        }
    }

    /// <summary>Bytes of the file with the points, and of what DuckDB's own log has not moved into it yet.</summary>
    private long FileBytes() => ((string[])[PointsFile, PointsFile + ".wal"]).Select(name => new FileInfo(Path.Combine(_options.DataDirectory, name))).Sum(f => f.Exists ? f.Length : 0);
}
