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
                    decimal sum = 0;
                    foreach (var (sql, columns) in tables)
                        sum += columns * await CountAsync(connection, sql, span, cancellationToken).ConfigureAwait(false);
                    sums[span.Id] = sum;
                }

                return sums;
            },
            cancellationToken).ConfigureAwait(false);
        var all = values.Values.Sum();
        var bytes = FileBytes();
        return values.ToDictionary(v => v.Key, v => all == 0 ? 0 : (long)(bytes * v.Value / all));
    }

    /// <summary>A table that was dropped meanwhile has none.</summary>
    private static async Task<long> CountAsync(DuckDB.NET.Data.DuckDBConnection connection, string sql, ShardSpan span, CancellationToken cancellationToken)
    {
        try
        {
            using var command = connection.CreateCommand();
            command.CommandText = string.Create(CultureInfo.InvariantCulture, $"SELECT count(*) FROM {sql} WHERE time >= {span.Start} AND time < {span.End}");
            return Convert.ToInt64(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false), CultureInfo.InvariantCulture);
        }
        catch (DuckDB.NET.Data.DuckDBException e) when (e.Message.Contains("does not exist", StringComparison.Ordinal))
        {
            return 0;
        }
    }

    /// <summary>Bytes of the file with the points, and of what DuckDB's own log has not moved into it yet.</summary>
    private long FileBytes() => ((string[])[PointsFile, PointsFile + ".wal"]).Select(name => new FileInfo(Path.Combine(_options.DataDirectory, name))).Sum(f => f.Exists ? f.Length : 0);
}
