using System.CommandLine;
using System.Text.Json.Nodes;
using Nbpy.Grafana;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Cli.Grafana;

/// <summary><c>nbpy grafana setup|datasource|dashboards</c>.</summary>
public static class GrafanaCommands
{
    private static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(60);

    /// <summary>The command with its subcommands.</summary>
    public static Command Create()
    {
        var command = new Command("grafana", "Give Grafana (or the viewer) its datasource and dashboards");
        command.Add(Part("setup", "Datasource and dashboards", dataSource: true, dashboards: true));
        command.Add(Part("datasource", "Only the datasource", dataSource: true, dashboards: false));
        command.Add(Part("dashboards", "Only the dashboards", dataSource: false, dashboards: true));
        return command;
    }

    private static Command Part(string name, string description, bool dataSource, bool dashboards)
    {
        var config = new Option<string?>("--config") { Description = "The configuration file" };
        var json = new Option<bool>("--json") { Description = "Report as JSON" };
        var force = new Option<bool>("--force") { Description = "Write the datasource again even when it looks the same (a new password)" };
        var command = new Command(name, description) { config, json };
        if (dataSource)
            command.Add(force);
        command.SetAction((parsed, cancel) =>
            RunAsync(parsed.GetValue(config), parsed.GetValue(json), dataSource, dashboards, dataSource && parsed.GetValue(force), cancel));
        return command;
    }

    private static async Task<int> RunAsync(string? path, bool json, bool dataSource, bool dashboards, bool force, CancellationToken cancel)
    {
        IntegrationConfig config;
        try
        {
            config = ConfigurationLoader.Load(path);
        }
        catch (ConfigurationException e)
        {
            Console.Error.WriteLine(e.Message);
            foreach (var error in e.Errors)
                Console.Error.WriteLine($"  {error.JsonPath} (line {error.Line}): {error.Message}");
            return 2;
        }

        var url = config.Grafana.Host == "localhost" ? $"http://{config.System.Localhost}:{config.Grafana.Port}" : config.Grafana.Url;
        try
        {
            using var client = new GrafanaClient(url, config.Grafana.AdminUser, config.Grafana.AdminPassword);
            var setup = new GrafanaSetup(client, TimeProvider.System);
            await setup.WaitAsync(ReadyLimit, cancel);
            var results = new List<SetupResult>();
            if (dataSource)
                results.Add(await setup.DataSourceAsync(config.InfluxDb, force, cancel));
            if (dashboards)
                results.AddRange(await setup.DashboardsAsync(config, cancel));
            Report(results, json, url);
            return 0;
        }
        catch (GrafanaException e)
        {
            Console.Error.WriteLine($"{url}: {e.Message}");
            return 1;
        }
    }

    private static void Report(List<SetupResult> results, bool json, string url)
    {
        if (json)
        {
            var items = results.Select(r => new JsonObject { ["kind"] = r.Kind, ["uid"] = r.Uid, ["outcome"] = Word(r) });
            Console.WriteLine(new JsonObject { ["url"] = url, ["results"] = new JsonArray([.. items]) }.ToJsonString());
            return;
        }
        foreach (var result in results)
            Console.WriteLine($"✓ {result.Kind} {result.Uid}: {Word(result)}");
    }

    private static string Word(SetupResult result) => result.Outcome.ToString().ToLowerInvariant();
}
