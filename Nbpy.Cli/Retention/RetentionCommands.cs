using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Nbpy.Influx;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Cli.Retention;

/// <summary><c>nbpy retention create|list|stats|cleanup|downsampling|backfill</c>. Exit codes: 0 done, 1 the store failed, 2 wrong usage or configuration.</summary>
internal static class RetentionCommands
{
    private static readonly Option<string?> ConfigPath = new("--config") { Description = "The configuration file (default: CONFIG_PATH, or the nearest integration_config.json)." };

    /// <summary>Counting and back-filling go over all that is stored.</summary>
    private static readonly TimeSpan StatementLimit = TimeSpan.FromMinutes(10);
    private static readonly Option<bool> Json = new("--json") { Description = "Print JSON." };

    /// <summary>The command group.</summary>
    public static Command Create() => new("retention", "The database and its retention policies.")
    {
        Make("create", "Makes the database, its retention policies, accounts and downsampling: created, altered where different, or left.", CreateAsync),
        Make("list", "Lists the retention policies that the store has.", ListAsync),
        Make("cleanup", "Drops what is past its policy, and reports it.", CleanupAsync),
        Make("downsampling", "Lists the continuous queries that downsample ticks.", DownsamplingAsync),
        Backfill(),
        Make("stats", "Per policy and measurement: points, series, oldest and newest; and of the policy its shards and size on disk.", StatsAsync),
    };

    private static Command Make(string name, string description, Func<InfluxClient, IntegrationConfig, bool, CancellationToken, Task> run)
    {
        var command = new Command(name, description) { ConfigPath, Json };
        command.SetAction((result, cancellationToken) => RunAsync(result.GetValue(ConfigPath), result.GetValue(Json), run, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(
        string? path, bool json, Func<InfluxClient, IntegrationConfig, bool, CancellationToken, Task> run, CancellationToken cancellationToken)
    {
        try
        {
            var config = ConfigurationLoader.Load(path);
            using var client = new InfluxClient(new InfluxOptions
            {
                Url = new Uri(config.InfluxDb.Url),
                Database = config.InfluxDb.Database,
                Username = config.InfluxDb.AdminUsername,
                Password = config.InfluxDb.AdminPassword,
                Timeout = StatementLimit,
            });
            await run(client, config, json, cancellationToken).ConfigureAwait(false);
            return 0;
        }
        catch (ConfigurationException e)
        {
            ConfigurationReport.Write(e, Console.Error);
            return 2;
        }
        catch (InfluxException e)
        {
            await Console.Error.WriteLineAsync(e.Message).ConfigureAwait(false);
            return 1;
        }
    }

    /// <summary>Set-up: database, policies, accounts and downsampling as the configuration has them.</summary>
    internal static async Task CreateAsync(InfluxClient client, IntegrationConfig config, bool json, CancellationToken cancellationToken)
    {
        var policies = config.InfluxDb.RetentionPolicies
            .Select(p => new RetentionPolicySpec(p.Name, p.Duration, p.ShardDuration, p.Replication, p.Default)).ToList();
        var influx = config.InfluxDb;
        var users = new List<StoreUser> { new(influx.Username, influx.Password, influx.ReaderPassword is null ? StorePrivilege.All : StorePrivilege.Write) };
        if (influx.ReaderPassword is { } readerPassword)
            users.Add(new StoreUser(influx.ReaderUsername, readerPassword, StorePrivilege.Read));
        var (manager, accounts) = (new RetentionManager(client, TimeProvider.System), new StoreUsers(client));
        await manager.WaitUntilReadyAsync(cancellationToken).ConfigureAwait(false);
        IReadOnlyList<SetupStep> steps =
        [
            .. await accounts.CreateFirstAdministratorAsync(cancellationToken).ConfigureAwait(false) ? [new SetupStep($"user {influx.AdminUsername} (administrator)", "created")] : (SetupStep[])[],
            .. await manager.CreateAsync(policies, cancellationToken).ConfigureAwait(false),
            .. await accounts.CreateAsync(users, cancellationToken).ConfigureAwait(false),
            .. await new Downsampling(client, TimeProvider.System).CreateAsync(Specs(config), cancellationToken).ConfigureAwait(false),
        ];
        Print(json, steps, s => $"{s.Action,-10} {s.What}");
    }

    private static IEnumerable<DownsamplingSpec> Specs(IntegrationConfig config) => !config.Downsampling.Enabled ? [] : config.Downsampling.Measurements.Select(m =>
        new DownsamplingSpec(m.Key, config.InfluxDb.Measurements[m.Key].RetentionPolicy ?? config.InfluxDb.RetentionPolicies.FirstOrDefault(p => p.Default)?.Name, m.Value, config.Downsampling.Interval, config.Downsampling.RetentionPolicy));

    private static async Task DownsamplingAsync(InfluxClient client, IntegrationConfig config, bool json, CancellationToken cancellationToken) =>
        Print(json, [.. await new Downsampling(client, TimeProvider.System).ListAsync(cancellationToken).ConfigureAwait(false)], q => $"{q.Key,-24} {q.Value}");

    private static Command Backfill()
    {
        var since = new Option<string>("--since") { Description = "From so long ago, InfluxDB's spelling.", DefaultValueFactory = _ => "30d" };
        var command = new Command("backfill", "Downsamples what was stored before its continuous query was there.") { ConfigPath, Json, since };
        command.SetAction((result, cancellationToken) =>
        {
            if (!InfluxDuration.TryParse(result.GetRequiredValue(since), out var back) || back == TimeSpan.Zero)
            {
                Console.Error.WriteLine($"--since: '{result.GetValue(since)}' is no duration; write for example 30d or 6h.");
                return Task.FromResult(2);
            }

            return RunAsync(result.GetValue(ConfigPath), result.GetValue(Json), (client, config, json, ct) => BackfillAsync(client, config, json, back, ct), cancellationToken);
        });
        return command;
    }

    private static async Task BackfillAsync(InfluxClient client, IntegrationConfig config, bool json, TimeSpan back, CancellationToken cancellationToken)
    {
        var downsampling = new Downsampling(client, TimeProvider.System);
        var steps = new List<BackfillStep>();
        foreach (var spec in Specs(config))
            await downsampling.BackfillAsync(spec, DateTimeOffset.UtcNow - back, steps.Add, cancellationToken).ConfigureAwait(false);
        Print(json, steps.Where(s => s.Points > 0).ToList(), s => string.Create(CultureInfo.InvariantCulture, $"{s.Name,-24} {Time(s.FromNs)} to {Time(s.ToNs)}  {s.Points,10:N0} bars"));
    }

    private static async Task ListAsync(InfluxClient client, IntegrationConfig config, bool json, CancellationToken cancellationToken) =>
        Print(json, await new RetentionManager(client, TimeProvider.System).ListAsync(cancellationToken).ConfigureAwait(false), p =>
            $"{p.Name,-20} duration {p.Duration,-12} shards {p.ShardGroupDuration,-12} replication {p.Replication}{(p.IsDefault ? "  default" : "")}");

    private static async Task StatsAsync(InfluxClient client, IntegrationConfig config, bool json, CancellationToken cancellationToken)
    {
        var stats = await new RetentionManager(client, TimeProvider.System).StatsAsync([.. await NamesAsync(client, cancellationToken).ConfigureAwait(false)], cancellationToken).ConfigureAwait(false);
        Print(json, stats, s => string.Create(CultureInfo.InvariantCulture, $"{s.Policy,-20} {s.Measurement,-24} points {s.Points,12:N0}  series {s.Series,6}  {Time(s.OldestNs)} to {Time(s.NewestNs)}"));
        if (!json)
            foreach (var policy in stats.DistinctBy(s => s.Policy))
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{policy.Policy,-20} {"(all)",-24} shards {policy.PolicyShards?.ToString("N0", CultureInfo.InvariantCulture) ?? "-",12}  on disk {Size(policy.PolicyDiskBytes)}"));
    }

    private static string Size(long? bytes) => bytes is { } value ? string.Create(CultureInfo.InvariantCulture, $"{value / 1e6:N1} MB") : "-";

    private static async Task CleanupAsync(InfluxClient client, IntegrationConfig config, bool json, CancellationToken cancellationToken) =>
        Print(json, await new RetentionManager(client, TimeProvider.System).CleanupAsync([.. await NamesAsync(client, cancellationToken).ConfigureAwait(false)], cancellationToken).ConfigureAwait(false), s =>
            string.Create(CultureInfo.InvariantCulture, $"{s.Measurement,-24} {s.Points,12:N0} points dropped")
            + (s.OlderThanNs == long.MinValue ? "" : $" that were older than {Time(s.OlderThanNs)}") + (s.Kept is null ? "" : $"; {s.Kept}"));

    /// <summary>Everything the database has: bars and gaps are no measurements of the configuration.</summary>
    private static async Task<IEnumerable<string>> NamesAsync(InfluxClient client, CancellationToken cancellationToken) =>
        (await client.QueryAsync("SHOW MEASUREMENTS", cancellationToken).ConfigureAwait(false)).Series.SelectMany(s => s.Rows).Select(r => r[0].GetString()!);

    private static string Time(long? ns) =>
        ns is { } value ? DateTimeOffset.FromUnixTimeMilliseconds(value / 1_000_000).ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture) : "-";

    private static void Print<T>(bool json, IReadOnlyList<T> rows, Func<T, string> line)
    {
        if (json)
            Console.WriteLine(JsonSerializer.Serialize(rows, JsonSerializerOptions.Web));
        else
            foreach (var row in rows)
                Console.WriteLine(line(row));
    }
}
