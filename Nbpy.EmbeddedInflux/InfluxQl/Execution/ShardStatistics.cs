using System.Globalization;
using Nbpy.EmbeddedInflux.Storage;

namespace Nbpy.EmbeddedInflux.InfluxQl.Execution;

/// <summary>The shards' part of SHOW STATS, as InfluxDB has it, with what this store knows of a shard: its bytes.</summary>
internal static class ShardStatistics
{
    /// <summary>The name of the part.</summary>
    public const string Module = "shard";

    /// <summary>A series a shard.</summary>
    public static IEnumerable<Statistic> Of(IStore store, IReadOnlyDictionary<long, long> bytes) =>
        store.Databases.SelectMany(d => store.ShardGroups(d).Select(s => new Statistic(
            Module,
            new SortedDictionary<string, string>(StringComparer.Ordinal)
            {
                ["database"] = d, ["engine"] = "duckdb", ["id"] = s.Id.ToString(CultureInfo.InvariantCulture), ["retentionPolicy"] = s.Policy,
            },
            [("diskBytes", bytes.GetValueOrDefault(s.Id))])));
}
