using Nbpy.Influx;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Cli.Backup;

/// <summary>A backup of InfluxDB, restored into its server: under a name of its own to be counted, where nobody writes, or in the
/// database's place.</summary>
internal static class InfluxCopy
{
    private const string ProofSuffix = "_nbpy_proof";
    private const int ShardAttempts = 60;

    /// <summary>Counts a backup: restores it beside the database, counts that, and drops it.</summary>
    public static async Task<Inventory> CountAsync(IntegrationConfig config, Influxd influxd, string folder, long untilNs, CancellationToken cancellationToken)
    {
        using var client = new InfluxClient(BackupCommand.Client(config).Options with { Database = config.InfluxDb.Database + ProofSuffix });

        // One that was killed may have left its own.
        await DropAsync(client, cancellationToken).ConfigureAwait(false);
        try
        {
            await influxd.RestoreAsync(config.InfluxDb.Database, client.Options.Database, folder, cancellationToken).ConfigureAwait(false);
            await KeepForEverAsync(client, cancellationToken).ConfigureAwait(false);
            return await TakeAsync(client, untilNs, cancellationToken).ConfigureAwait(false) with { Database = config.InfluxDb.Database };
        }
        finally
        {
            await DropAsync(client, CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>Restores a backup as the database, which is not there, and counts it; its policies are in force again afterwards.</summary>
    public static async Task<Inventory> RestoreAsync(IntegrationConfig config, Influxd influxd, string folder, long untilNs, CancellationToken cancellationToken)
    {
        using var client = BackupCommand.Client(config);
        await influxd.RestoreAsync(config.InfluxDb.Database, null, folder, cancellationToken).ConfigureAwait(false);
        var policies = await KeepForEverAsync(client, cancellationToken).ConfigureAwait(false);
        try
        {
            return await TakeAsync(client, untilNs, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            foreach (var policy in policies)
                await AlterAsync(client, policy.Name, $"DURATION {policy.Duration} SHARD DURATION {policy.ShardGroupDuration}", CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>Drops the database of a client; one that is not there is no error.</summary>
    public static Task DropAsync(InfluxClient client, CancellationToken cancellationToken) =>
        client.QueryAsync($"DROP DATABASE {RetentionManager.Quote(client.Options.Database)}", cancellationToken, post: true);

    /// <summary>No shard that is past its policy by now is dropped while it is counted.</summary>
    /// <returns>The policies as they were.</returns>
    private static async Task<IReadOnlyList<RetentionPolicyState>> KeepForEverAsync(InfluxClient client, CancellationToken cancellationToken)
    {
        var policies = await new RetentionManager(client, TimeProvider.System).ListAsync(cancellationToken).ConfigureAwait(false);
        foreach (var policy in policies)
            await AlterAsync(client, policy.Name, "DURATION INF", cancellationToken).ConfigureAwait(false);
        return policies;
    }

    private static Task AlterAsync(InfluxClient client, string policy, string what, CancellationToken cancellationToken) => client.QueryAsync(
        $"ALTER RETENTION POLICY {RetentionManager.Quote(policy)} ON {RetentionManager.Quote(client.Options.Database)} {what}", cancellationToken, post: true);

    private static async Task<Inventory> TakeAsync(InfluxClient client, long untilNs, CancellationToken cancellationToken)
    {
        // InfluxDB opens restored shards a moment later.
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await Inventory.TakeAsync(client, Inventory.InfluxDb, untilNs, cancellationToken).ConfigureAwait(false);
            }
            catch (InfluxException e) when (attempt < ShardAttempts && e.Message.Contains("shard is disabled", StringComparison.Ordinal))
            {
                await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
