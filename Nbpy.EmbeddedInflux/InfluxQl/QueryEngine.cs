using System.Text.RegularExpressions;
using Nbpy.EmbeddedInflux.Storage;

namespace Nbpy.EmbeddedInflux.InfluxQl;

/// <summary>Parses InfluxQL and runs it on the store: SELECT by SQL, the rest on the catalogue. What it does not know it
/// answers with an error that says so, never with a wrong result.</summary>
public sealed partial class QueryEngine(IStore store, TimeProvider time) : IQueryEngine
{
    /// <inheritdoc/>
    public async Task<IReadOnlyList<StatementResult>> ExecuteAsync(
        string query, string? database, string? policy, IReadOnlyDictionary<string, object?> parameters, bool readOnly, CancellationToken cancellationToken)
    {
        var statements = Parser.Parse(query, parameters);
        var results = new List<StatementResult>();
        foreach (var statement in statements)
        {
            try
            {
                if (readOnly && statement is not (SelectStatement or ShowStatement or UnsupportedStatement))
                    throw new StatementException("this statement changes the store and must be sent by POST");
                results.Add(new StatementResult(results.Count, await RunAsync(statement, database, policy, cancellationToken).ConfigureAwait(false)));
            }
            catch (Exception e) when (e is StatementException or DuckDB.NET.Data.DuckDBException or RegexMatchTimeoutException or ArgumentException)
            {
                results.Add(new StatementResult(results.Count, [], e.Message));
            }
        }

        return results;
    }

    private async Task<IReadOnlyList<ResultSeries>> RunAsync(Statement statement, string? database, string? policy, CancellationToken cancellationToken)
    {
        switch (statement)
        {
            case SelectStatement select:
                return await SelectAsync(select, database, policy, cancellationToken).ConfigureAwait(false);
            case ShowStatement show:
                return await ShowAsync(show, show.Database ?? database, cancellationToken).ConfigureAwait(false);
            case CreateDatabaseStatement create:
                CreateDatabase(create);
                return [];
            case DropDatabaseStatement drop:
                store.DropDatabase(drop.Name);
                return [];
            case PutPolicyStatement put:
                PutPolicy(put);
                return [];
            case DropPolicyStatement drop:
                RequireDatabase(drop.Database);
                store.DropRetentionPolicy(drop.Database, drop.Name);
                return [];
            case DropMeasurementStatement drop:
                store.DropMeasurement(RequireDatabase(database), drop.Name);
                return [];
            case DeleteStatement delete:
                await DeleteAsync(delete, RequireDatabase(database), cancellationToken).ConfigureAwait(false);
                return [];
            default:
                throw new StatementException($"{((UnsupportedStatement)statement).What} is not supported by the embedded store yet");
        }
    }

    private async Task<IReadOnlyList<ResultSeries>> SelectAsync(SelectStatement select, string? database, string? policy, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var series = new List<ResultSeries>();
        foreach (var schema in select.Sources.SelectMany(s => Resolve(s, database, policy)).OrderBy(s => s.Name, StringComparer.Ordinal).ToList())
        {
            var executor = new SelectExecutor(select, SelectPlan.Make(select, schema), Condition.Of(select.Where, now), now);
            series.AddRange(await store.ReadAsync(c => executor.RunAsync(c, cancellationToken), cancellationToken).ConfigureAwait(false));
        }

        return series;
    }

    /// <summary>The measurements of one policy that a source names; none when there are none.</summary>
    private IEnumerable<MeasurementSchema> Resolve(Source source, string? database, string? policy)
    {
        var owner = RequireDatabase(source.Database ?? database);
        var wanted = source.Policy ?? (source.Database is null || source.Database == database ? policy : null);
        var found = wanted is null
            ? store.RetentionPolicies(owner).FirstOrDefault(p => p.IsDefault)
            : store.RetentionPolicies(owner).FirstOrDefault(p => p.Name == wanted) ?? throw new StatementException($"retention policy not found: {wanted}");
        return found is null
            ? []
            : store.Measurements(owner, found.Name).Select(m => m.Schema).Where(m => Names(source, m.Name));
    }

    private static bool Names(Source source, string measurement) => source.Pattern is null
        ? source.Name == measurement
        : Regex.IsMatch(measurement, source.Pattern, RegexOptions.None, TimeSpan.FromSeconds(1));

    private string RequireDatabase(string? database)
    {
        if (string.IsNullOrEmpty(database))
            throw new StatementException("database name required");
        return store.DatabaseExists(database) ? database : throw new StatementException($"database not found: {database}");
    }

    private void CreateDatabase(CreateDatabaseStatement create)
    {
        if (!store.DatabaseExists(create.Name))
            store.CreateDatabase(create.Name);
        if (create.Policy is { } clauses)
            PutPolicy(new PutPolicyStatement(create.PolicyName ?? "autogen", create.Name, clauses with { Default = true }, Alter: false));
    }

    private void PutPolicy(PutPolicyStatement put)
    {
        RequireDatabase(put.Database);
        var before = store.RetentionPolicies(put.Database).FirstOrDefault(p => p.Name == put.Name);
        if (put.Alter && before is null)
            throw new StatementException($"retention policy not found: {put.Name}");
        if (put.Clauses.Duration is > 0 and < 3_600_000_000_000)
            throw new StatementException("retention policy duration must be at least 1h0m0s");
        var duration = put.Clauses.Duration is { } ns ? TimeSpan.FromTicks(ns / 100) : before?.Duration ?? TimeSpan.Zero;
        var shard = put.Clauses.ShardDuration is > 0 and { } shardNs ? TimeSpan.FromTicks(shardNs / 100)
            : put.Clauses.Duration is null && before is not null ? before.ShardGroupDuration : DefaultShard(duration);
        if (duration > TimeSpan.Zero && shard > duration)
            throw new StatementException("retention policy duration must be greater than the shard duration");
        var policy = new RetentionPolicy(put.Name, duration, shard, put.Clauses.Replication ?? before?.ReplicaN ?? 1, put.Clauses.Default || before is { IsDefault: true });
        if (!put.Alter && before is not null && before != policy with { IsDefault = before.IsDefault })
            throw new StatementException("retention policy already exists");
        store.PutRetentionPolicy(put.Database, policy);
    }

    /// <summary>InfluxDB's rule: an hour below two days, a day up to six months, else a week.</summary>
    private static TimeSpan DefaultShard(TimeSpan duration) =>
        duration == TimeSpan.Zero || duration > TimeSpan.FromDays(180) ? TimeSpan.FromDays(7) : duration < TimeSpan.FromDays(2) ? TimeSpan.FromHours(1) : TimeSpan.FromDays(1);

    private async Task DeleteAsync(DeleteStatement delete, string database, CancellationToken cancellationToken)
    {
        var condition = Condition.Of(delete.Where, time.GetUtcNow());
        if (delete.AllPolicies && (condition.From ?? condition.Until) is not null)
            throw new StatementException("DROP SERIES doesn't support time in WHERE clause");
        foreach (var (_, schema) in store.Measurements(database, null).Where(m => delete.Sources.Count == 0 || delete.Sources.Any(s => Names(s, m.Schema.Name))))
            await store.DeleteAsync(schema, condition.Sql(schema), cancellationToken).ConfigureAwait(false);
    }
}
