using DuckDB.NET.Data;

namespace Nbpy.EmbeddedInflux.Storage;

/// <summary>Type of a field, as InfluxDB names it.</summary>
public enum FieldType
{
    Float,
    Integer,
    String,
    Boolean,
}

/// <summary>A retention policy. <paramref name="Duration"/> zero is infinite, as in InfluxDB.</summary>
public sealed record RetentionPolicy(string Name, TimeSpan Duration, TimeSpan ShardGroupDuration, int ReplicaN, bool IsDefault);

/// <summary>A span of time of a retention policy that has, or had, points. Its number is the shard's as well: a group has one.</summary>
/// <param name="End">The first moment after it.</param>
/// <param name="Expiry">When its points are dropped; the same as <paramref name="End"/> where the policy keeps them for good.</param>
public sealed record ShardGroup(long Id, string Policy, DateTime Start, DateTime End, DateTime Expiry);

/// <summary>What one measurement of one retention policy looks like, and the SQL table that holds it: a column
/// <c>time</c> BIGINT (ns since the Unix epoch), a column <c>t_NAME</c> VARCHAR per tag (NULL: the point lacks the tag)
/// and a column <c>f_NAME</c> per field (DOUBLE, BIGINT, VARCHAR, BOOLEAN; NULL: the point lacks the field).
/// One row per point; points of one series and time have replaced each other. Names are as written, so quote them.</summary>
/// <param name="Table">The quoted, qualified SQL name, ready to use in FROM.</param>
public sealed record MeasurementSchema(
    string Name,
    string Table,
    IReadOnlyList<string> Tags,
    IReadOnlyDictionary<string, FieldType> Fields)
{
    /// <summary>Where a tag stands among <see cref="Tags"/>; below 0: nowhere.</summary>
    public int PlaceOf(string tag)
    {
        for (var i = 0; i < Tags.Count; i++)
        {
            if (Tags[i] == tag)
                return i;
        }

        return -1;
    }

    /// <summary>The quoted SQL column of a tag.</summary>
    public static string TagColumn(string name) => Quote("t_" + name);

    /// <summary>The quoted SQL column of a field.</summary>
    public static string FieldColumn(string name) => Quote("f_" + name);

    // DuckDB takes names that differ only in case as one, InfluxDB does not: a name with capitals carries them as a suffix.
    private static string Quote(string name)
    {
        if (name.AsSpan().ContainsAnyInRange('A', 'Z') || name.Contains('~', StringComparison.Ordinal))
            name += "~" + string.Concat(name.Select(c => char.IsAsciiLetterUpper(c) ? '1' : '0'));
        return "\"" + name.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";
    }
}

/// <summary>What the query side asks of the storage side. Names not found are null or false; the query side words the errors.</summary>
public interface IStore
{
    IReadOnlyList<string> Databases { get; }

    bool DatabaseExists(string database);

    void CreateDatabase(string database);

    void DropDatabase(string database);

    IReadOnlyList<RetentionPolicy> RetentionPolicies(string database);

    /// <summary>Creates or replaces the policy of that name (CREATE and ALTER both end here).</summary>
    void PutRetentionPolicy(string database, RetentionPolicy policy);

    bool DropRetentionPolicy(string database, string policy);

    /// <summary>Measurements of a policy; <paramref name="policy"/> null: the union over all policies, each with its own table.</summary>
    /// <param name="database">The database.</param>
    /// <param name="policy">The policy.</param>
    /// <param name="name">That measurement only.</param>
    IReadOnlyList<(string Policy, MeasurementSchema Schema)> Measurements(string database, string? policy, string? name = null);

    /// <summary>The series of measurements, by their table: tag values in the order of the schema's tags, null where a series lacks one. Those of
    /// measurements that have many are not there and have to be asked for.</summary>
    Task<IReadOnlyDictionary<string, IReadOnlyList<string?[]>>> KnownSeriesAsync(
        string database, IEnumerable<MeasurementSchema> schemas, CancellationToken cancellationToken);

    void DropMeasurement(string database, string measurement);

    /// <summary>The shard groups of a database, by policy and time.</summary>
    IReadOnlyList<ShardGroup> ShardGroups(string database);

    /// <summary>Bytes on disk of every database's shard groups, by their number: of the one file that holds all, the part of the values
    /// that each has.</summary>
    Task<IReadOnlyDictionary<long, long>> ShardBytesAsync(CancellationToken cancellationToken);

    /// <summary>Drops a shard group with its points; one that is not there is no error.</summary>
    Task DropShardGroupAsync(long id, CancellationToken cancellationToken);

    /// <summary>Runs <paramref name="query"/> on a connection that sees every acknowledged point (what is still in memory is
    /// flushed first). The connection must not be kept.</summary>
    Task<T> ReadAsync<T>(Func<DuckDBConnection, Task<T>> query, CancellationToken cancellationToken);

    /// <summary>Deletes rows by SQL conditions (DELETE, DROP SERIES); answers how many.</summary>
    Task<long> DeleteAsync(IEnumerable<(MeasurementSchema Schema, string SqlCondition)> deletes, CancellationToken cancellationToken);

    /// <summary>Writes points as line protocol with ns times (INTO).</summary>
    Task WriteAsync(string database, string? policy, ReadOnlyMemory<byte> lines, CancellationToken cancellationToken);
}
