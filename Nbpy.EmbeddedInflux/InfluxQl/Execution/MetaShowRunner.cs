using System.Globalization;
using Nbpy.EmbeddedInflux.InfluxQl.Syntax;
using Nbpy.EmbeddedInflux.Meta;
using Nbpy.EmbeddedInflux.Storage;

namespace Nbpy.EmbeddedInflux.InfluxQl.Execution;

/// <summary>Runs the SHOW statements that look at no points.</summary>
internal sealed class MetaShowRunner(IStore store, MetaStore meta, ServerFacts facts, QueryRequest request)
{
    public IReadOnlyList<ResultSeries> Run(ShowStatement show) => show.Kind switch
    {
        ShowKind.Databases => [Series("databases", ["name"], store.Databases.Where(MaySee).Select(d => new object?[] { d }))],
        ShowKind.Users => [Series(null, ["user", "admin"], meta.State.Users.Select(u => new object?[] { u.Name, u.Admin }))],
        ShowKind.Grants => [Grants(show.User!)],
        ShowKind.ContinuousQueries => [.. store.Databases.Select(d => Series(d, ["name", "query"],
            meta.State.ContinuousQueries.Where(c => c.Database == d).Select(c => new object?[] { c.Name, c.Text })))],
        ShowKind.Queries => [Series(null, ["qid", "query", "database", "duration", "status"], facts.Queries.All.Select(q => new object?[]
        {
            q.Id, q.Text, q.Database, Duration(q.Elapsed), q.Status,
        }))],
        ShowKind.Shards => [.. store.Databases.Select(Shards)],
        ShowKind.ShardGroups => [Series("shard groups", ["id", "database", "retention_policy", "start_time", "end_time", "expiry_time"],
            store.Databases.SelectMany(d => store.ShardGroups(d).Select(s => new object?[] { s.Id, d, s.Policy, s.Start, s.End, s.Expiry }.Select(Shown).ToArray())))],
        ShowKind.Subscriptions => [.. store.Databases.Select(Subscriptions).Where(s => s.Values.Count > 0)],
        _ => [.. Diagnostics().Where(d => show.Module is null || d.Name == show.Module)],
    };

    private bool MaySee(string database) =>
        !request.Authorize || request.User is not { } user || user.May(Privilege.Read, database) || user.May(Privilege.Write, database);

    private ResultSeries Grants(string name)
    {
        var user = meta.Find(name) ?? throw new StatementException("user not found");
        return Series(null, ["database", "privilege"], user.Privileges.Select(p => new object?[] { p.Key, p.Value.Words() }));
    }

    private ResultSeries Subscriptions(string database) => Series(database, ["retention_policy", "name", "mode", "destinations"],
        store.RetentionPolicies(database).SelectMany(p => meta.State.Subscriptions.Where(s => s.Database == database && s.Policy == p.Name))
            .Select(s => new object?[] { s.Policy, s.Name, s.Mode, s.Destinations }));

    // A group has one shard, of the same number; nobody owns it.
    private ResultSeries Shards(string database) => Series(database,
        ["id", "database", "retention_policy", "shard_group", "start_time", "end_time", "expiry_time", "owners"],
        store.ShardGroups(database).Select(s => new object?[]
        {
            s.Id, database, s.Policy, s.Id, s.Start, s.End, s.Expiry, "",
        }.Select(Shown).ToArray()));

    private static object? Shown(object? value) =>
        value is DateTime time ? time.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture) : value;

    private IEnumerable<ResultSeries> Diagnostics()
    {
        var version = typeof(MetaShowRunner).Assembly.GetName().Version?.ToString(3) ?? "";
        yield return Series("build", ["Branch", "BuildTime", "Commit", "Version"], [["", "", version, ServerFacts.Version]]);
        yield return Series("network", ["hostname"], [[Environment.MachineName]]);
        yield return Series("runtime", ["GOARCH", "GOMAXPROCS", "GOOS", "version"],
        [
            [
                System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant(), (long)Environment.ProcessorCount,
                OperatingSystem.IsWindows() ? "windows" : OperatingSystem.IsMacOS() ? "darwin" : "linux", ".NET " + Environment.Version,
            ],
        ]);
        yield return Series("system", ["PID", "currentTime", "started", "uptime"],
        [
            [
                (long)Environment.ProcessId, facts.Now.ToString("O", CultureInfo.InvariantCulture),
                facts.Started.ToString("O", CultureInfo.InvariantCulture), Durations.Go(facts.Now - facts.Started),
            ],
        ]);
    }

    // Of InfluxDB's own units, whole ones.
    private static string Duration(TimeSpan span) => span < TimeSpan.FromMilliseconds(1)
        ? string.Create(CultureInfo.InvariantCulture, $"{span.TotalMicroseconds:0}µs")
        : Durations.Go(TimeSpan.FromMilliseconds(Math.Floor(span.TotalMilliseconds)));

    private static ResultSeries Series(string? name, IReadOnlyList<string> columns, IEnumerable<object?[]> rows) =>
        new(name, null, columns, [.. rows]);
}
