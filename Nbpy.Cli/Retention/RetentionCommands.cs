using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Nbpy.Influx;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Cli.Retention;

/// <summary><c>nbpy retention create|list|stats|cleanup</c>. Exit codes: 0 done, 1 the store failed, 2 wrong usage or configuration.</summary>
internal static class RetentionCommands
{
    private static readonly Option<string?> ConfigPath = new("--config") { Description = "The configuration file (default: CONFIG_PATH, or the nearest integration_config.json)." };
    private static readonly Option<bool> Json = new("--json") { Description = "Print JSON." };

    /// <summary>The command group.</summary>
    public static Command Create() => new("retention", "The database and its retention policies.")
    {
        Make("create", "Makes the database and its retention policies: created, altered where different, or left.", CreateAsync),
        Make("list", "Lists the retention policies that the store has.", ListAsync),
        Make("cleanup", "Drops what is past its policy, and reports it.", CleanupAsync),
        Make("stats", "Per policy and measurement: points, series, oldest and newest.", StatsAsync),
    };

    private static Command Make(string name, string description, Func<RetentionManager, IntegrationConfig, bool, CancellationToken, Task> run)
    {
        var command = new Command(name, description) { ConfigPath, Json };
        command.SetAction((result, cancellationToken) => RunAsync(result.GetValue(ConfigPath), result.GetValue(Json), run, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(
        string? path, bool json, Func<RetentionManager, IntegrationConfig, bool, CancellationToken, Task> run, CancellationToken cancellationToken)
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
            });
            await run(new RetentionManager(client, TimeProvider.System), config, json, cancellationToken).ConfigureAwait(false);
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

    private static async Task CreateAsync(RetentionManager manager, IntegrationConfig config, bool json, CancellationToken cancellationToken)
    {
        var policies = config.InfluxDb.RetentionPolicies
            .Select(p => new RetentionPolicySpec(p.Name, p.Duration, p.ShardDuration, p.Replication, p.Default)).ToList();
        Print(json, await manager.CreateAsync(policies, cancellationToken).ConfigureAwait(false), s => $"{s.Action,-10} {s.What}");
    }

    private static async Task ListAsync(RetentionManager manager, IntegrationConfig config, bool json, CancellationToken cancellationToken) =>
        Print(json, await manager.ListAsync(cancellationToken).ConfigureAwait(false), p =>
            $"{p.Name,-20} duration {p.Duration,-12} shards {p.ShardGroupDuration,-12} replication {p.Replication}{(p.IsDefault ? "  default" : "")}");

    private static async Task StatsAsync(RetentionManager manager, IntegrationConfig config, bool json, CancellationToken cancellationToken) =>
        Print(json, await manager.StatsAsync(config.InfluxDb.Measurements.Keys, cancellationToken).ConfigureAwait(false), s =>
            string.Create(CultureInfo.InvariantCulture, $"{s.Policy,-20} {s.Measurement,-24} points {s.Points,12:N0}  series {s.Series,6}  {Time(s.OldestNs)} to {Time(s.NewestNs)}"));

    private static async Task CleanupAsync(RetentionManager manager, IntegrationConfig config, bool json, CancellationToken cancellationToken) =>
        Print(json, await manager.CleanupAsync(config.InfluxDb.Measurements.Keys, cancellationToken).ConfigureAwait(false), s =>
            string.Create(CultureInfo.InvariantCulture, $"{s.Measurement,-24} {s.Points,12:N0} points dropped that were older than {Time(s.OlderThanNs)}"));

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
