using Nbpy.EmbeddedInflux.InfluxQl.Syntax;
using Nbpy.EmbeddedInflux.Storage;

namespace Nbpy.EmbeddedInflux.InfluxQl.Execution;

/// <summary>Runs the statements that create, change and drop.</summary>
internal sealed class ManageRunner(IStore store, long now, string? database, CancellationToken cancellationToken)
{
    private static readonly TimeSpan MinDuration = TimeSpan.FromHours(1);

    public async Task RunAsync(Statement statement)
    {
        switch (statement)
        {
            case CreateDatabaseStatement create:
                CreateDatabase(create);
                break;
            case DropDatabaseStatement drop:
                if (store.DatabaseExists(drop.Name))
                    store.DropDatabase(drop.Name);
                break;
            case RetentionPolicyStatement { Create: true } create:
                CreatePolicy(Names.Database(store, create.Database), create.Policy);
                break;
            case RetentionPolicyStatement alter:
                AlterPolicy(Names.Database(store, alter.Database), alter.Policy);
                break;
            case DropRetentionPolicyStatement drop:
                if (store.DatabaseExists(drop.Database))
                    store.DropRetentionPolicy(drop.Database, drop.Name);
                break;
            case DropMeasurementStatement drop:
                store.DropMeasurement(Names.Existing(store, database), drop.Name);
                break;
            case DropShardStatement drop:
                await store.DropShardGroupAsync(drop.Id, cancellationToken).ConfigureAwait(false);
                break;
            case DeleteStatement delete:
                await DeleteAsync(delete).ConfigureAwait(false);
                break;
            default:
                throw new StatementException($"{statement.GetType().Name} is not supported by this server");
        }
    }

    private void CreateDatabase(CreateDatabaseStatement create)
    {
        Names.Check(create.Name);
        var existed = store.DatabaseExists(create.Name);
        if (create.Policy is not { } options)
        {
            if (!existed)
                store.CreateDatabase(create.Name);
            return;
        }

        var policy = Make(options with { Name = options.Name ?? "autogen", Default = true });
        if (existed)
        {
            var same = store.RetentionPolicies(create.Name).FirstOrDefault(p => p.Name == policy.Name);
            if (same != policy)
                throw new StatementException("retention policy conflicts with an existing policy");
            return;
        }

        store.CreateDatabase(create.Name);
        store.PutRetentionPolicy(create.Name, policy);
        if (policy.Name != "autogen")
            store.DropRetentionPolicy(create.Name, "autogen");
    }

    private void CreatePolicy(string db, PolicyOptions options)
    {
        var policy = Make(options);
        if (store.RetentionPolicies(db).FirstOrDefault(p => p.Name == policy.Name) is { } existing)
        {
            if (existing with { IsDefault = policy.IsDefault } != policy)
                throw new StatementException("retention policy already exists");
            if (policy.IsDefault && !existing.IsDefault)
                throw new StatementException("retention policy conflicts with an existing policy");
            return;
        }

        Put(db, policy);
    }

    private void AlterPolicy(string db, PolicyOptions options)
    {
        var existing = store.RetentionPolicies(db).FirstOrDefault(p => p.Name == options.Name)
            ?? throw new StatementException("retention policy not found: " + options.Name);
        var duration = options.Duration is { } d ? Span(d) : existing.Duration;
        CheckDuration(duration);
        var shard = options.Shard is { } s ? ShardDuration(Span(s), duration) : existing.ShardGroupDuration;
        if (duration > TimeSpan.Zero && duration < shard)
            throw new StatementException("retention policy duration must be greater than the shard duration");
        Put(db, new RetentionPolicy(
            existing.Name, duration, shard, options.Replicas ?? existing.ReplicaN, options.Default || existing.IsDefault));
    }

    // One policy is the default: the one that was steps back.
    private void Put(string db, RetentionPolicy policy)
    {
        if (policy.IsDefault)
        {
            foreach (var other in store.RetentionPolicies(db).Where(p => p.IsDefault && p.Name != policy.Name).ToList())
                store.PutRetentionPolicy(db, other with { IsDefault = false });
        }

        store.PutRetentionPolicy(db, policy);
    }

    private static RetentionPolicy Make(PolicyOptions options)
    {
        var name = options.Name ?? "";
        Names.Check(name);
        var duration = Span(options.Duration ?? 0);
        CheckDuration(duration);
        var shard = ShardDuration(Span(options.Shard ?? 0), duration);
        if (duration > TimeSpan.Zero && duration < shard)
            throw new StatementException("retention policy duration must be greater than the shard duration");
        return new RetentionPolicy(name, duration, shard, options.Replicas ?? 1, options.Default);
    }

    private static TimeSpan Span(long nanoseconds) => TimeSpan.FromTicks(nanoseconds / 100);

    private static void CheckDuration(TimeSpan duration)
    {
        if (duration != TimeSpan.Zero && duration < MinDuration)
            throw new StatementException("retention policy duration must be at least 1h0m0s");
    }

    /// <summary>The shard duration asked for, at least an hour, or what InfluxDB takes for the policy's duration.</summary>
    private static TimeSpan ShardDuration(TimeSpan asked, TimeSpan policy)
    {
        if (asked > TimeSpan.Zero)
            return asked < MinDuration ? MinDuration : asked;
        if (policy == TimeSpan.Zero || policy >= TimeSpan.FromDays(180))
            return TimeSpan.FromDays(7);
        return policy >= TimeSpan.FromDays(2) ? TimeSpan.FromDays(1) : TimeSpan.FromHours(1);
    }

    private async Task DeleteAsync(DeleteStatement delete)
    {
        var db = Names.Existing(store, database);
        var condition = Condition.Of(delete.Where, now, TimeZoneInfo.Utc);
        if (delete.Series && condition.Range != TimeRange.All)
            throw new StatementException("DROP SERIES doesn't support time in WHERE clause");
        var sources = delete.Sources.Select(s => (s.Policy, IsNamed: Patterns.Of(s))).ToList();
        var schemas = store.Measurements(db, null).Where(m => sources.Count == 0 || sources.Exists(s =>
            (s.Policy is null || s.Policy == m.Policy) && s.IsNamed(m.Schema.Name))).Select(m => m.Schema).ToList();
        var known = condition.Rest is null ? null : await store.KnownSeriesAsync(db, schemas, cancellationToken).ConfigureAwait(false);
        var filter = new TagFilter();
        var deletes = new List<(MeasurementSchema Schema, string Condition)>();
        foreach (var schema in schemas)
        {
            var relation = Relation.Of(schema);
            if (condition.Rest is not null && condition.Rest.Flatten().OfType<VarRef>().Any(v => relation.Fields.ContainsKey(v.Name)))
                throw new StatementException($"shard {store.ShardGroups(db).FirstOrDefault()?.Id ?? 1}: fields not supported in WHERE clause during deletion");
            if (condition.Rest is { } tags && known!.TryGetValue(schema.Table, out var series)
                && series.All(values => filter.Fits(relation, tags, tag => schema.PlaceOf(tag) is var i and >= 0 ? values[i] ?? "" : "") == false))
            {
                continue;
            }

            var parts = new[] { condition.Range.Sql(), condition.Rest is { } rest ? Sql.Condition(relation, rest) : null }.OfType<string>();
            var sql = string.Join(" AND ", parts);
            deletes.Add((schema, sql.Length == 0 ? "TRUE" : sql));
        }

        await store.DeleteAsync(deletes, cancellationToken).ConfigureAwait(false);
    }
}
