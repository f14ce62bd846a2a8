using Nbpy.EmbeddedInflux.Storage;

namespace Nbpy.EmbeddedInflux.InfluxQl.Execution;

/// <summary>Finds databases and policies, or fails in InfluxDB's words.</summary>
internal static class Names
{
    /// <summary>Fails for a name that no database and no policy may have.</summary>
    public static void Check(string name)
    {
        if (name is "" or "." or ".." || name.AsSpan().IndexOfAny("/\\") >= 0 || name.Any(char.IsControl))
            throw new StatementException("invalid name");
    }

    public static string Database(IStore store, string? database)
    {
        if (string.IsNullOrEmpty(database))
            throw new StatementException("database name required");
        return Existing(store, database);
    }

    /// <summary>The same where a missing name is one that is not found.</summary>
    public static string Existing(IStore store, string? database) =>
        database is { Length: > 0 } && store.DatabaseExists(database) ? database : throw new StatementException("database not found: " + database);

    /// <summary>The policy asked for, or the database's default.</summary>
    public static (string Database, string Policy) Resolve(IStore store, string? database, string? policy)
    {
        var db = Database(store, database);
        var policies = store.RetentionPolicies(db);
        if (policy is null)
            return (db, policies.FirstOrDefault(p => p.IsDefault)?.Name ?? throw new StatementException("default retention policy not set for: " + db));
        return policies.Any(p => p.Name == policy) ? (db, policy) : throw new StatementException("retention policy not found: " + policy);
    }
}
