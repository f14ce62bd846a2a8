using System.CommandLine;
using System.Text.Json.Nodes;
using Nbpy.Grafana;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Cli.Grafana;

/// <summary><c>nbpy grafana setup|datasource|dashboards|alerts|files</c>.</summary>
public static class GrafanaCommands
{
    private static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(60);

    /// <summary>The command with its subcommands.</summary>
    public static Command Create()
    {
        var command = new Command("grafana", "Give Grafana (or the viewer) its datasource, dashboards and alert rules");
        command.Add(Part("setup", "Datasource, dashboards and alert rules", new(DataSource: true, Dashboards: true, Alerts: true)));
        command.Add(Part("datasource", "Only the datasource", new(DataSource: true, Dashboards: false, Alerts: false)));
        command.Add(Part("dashboards", "Only the dashboards", new(DataSource: false, Dashboards: true, Alerts: false)));
        command.Add(Part("alerts", "Only the alert rules; the viewer has none", new(DataSource: false, Dashboards: false, Alerts: true)));
        command.Add(Files());
        return command;
    }

    private static Command Part(string name, string description, Parts parts)
    {
        var config = new Option<string?>("--config") { Description = "The configuration file" };
        var json = new Option<bool>("--json") { Description = "Report as JSON" };
        var force = new Option<bool>("--force") { Description = "Write the datasource again even when it looks the same (a new password), or when a person changed it" };
        var url = new Option<string?>("--url") { Description = "Another Grafana than the configuration's" };
        var user = new Option<string?>("--user") { Description = "Another user than the configuration's; the password is GRAFANA_ADMIN_PASSWORD, or a service account's token GRAFANA_TOKEN" };
        var overwrite = new Option<bool>("--overwrite") { Description = "Replace also dashboards and alert rules that a person changed" };
        var store = new Option<string?>("--store-url") { Description = "The store as Grafana reaches it, for example http://influxdb:8086" };
        var command = new Command(name, description) { config, json, url, user };
        if (parts.DataSource)
        {
            command.Add(force);
            command.Add(store);
        }
        if (parts.Dashboards || parts.Alerts)
            command.Add(overwrite);
        command.SetAction((parsed, cancel) => RunAsync(
            parsed.GetValue(config), parsed.GetValue(json), parts with { Force = parts.DataSource && parsed.GetValue(force), Overwrite = (parts.Dashboards || parts.Alerts) && parsed.GetValue(overwrite), StoreUrl = parts.DataSource ? parsed.GetValue(store) : null },
            parsed.GetValue(url), parsed.GetValue(user), cancel));
        return command;
    }

    private static Command Files()
    {
        var config = new Option<string?>("--config") { Description = "The configuration file" };
        var json = new Option<bool>("--json") { Description = "Report as JSON" };
        var output = new Option<string>("--output", "-o") { Description = "The folder", DefaultValueFactory = _ => "grafana" };
        var store = new Option<string?>("--store-url") { Description = "The store as Grafana reaches it, for example http://influxdb:8086" };
        var command = new Command("files", $"Write Grafana's provisioning files and dashboards; Grafana reads the store's password from {ProvisioningFiles.PasswordVariable}") { config, json, output, store };
        command.SetAction(parsed =>
        {
            if (Load(parsed.GetValue(config)) is not { } loaded)
                return 2;
            var folder = parsed.GetValue(output)!;
            try
            {
                Report([.. ProvisioningFiles.Write(loaded, parsed.GetValue(store), folder)], parsed.GetValue(json), folder);
                return 0;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Console.Error.WriteLine($"{folder}: {e.Message}");
                return 1;
            }
        });
        return command;
    }

    private static IntegrationConfig? Load(string? path)
    {
        try
        {
            return ConfigurationLoader.Load(path);
        }
        catch (ConfigurationException e)
        {
            Console.Error.WriteLine(e.Message);
            foreach (var error in e.Errors)
                Console.Error.WriteLine($"  {error.JsonPath} (line {error.Line}): {error.Message}");
            return null;
        }
    }

    private static async Task<int> RunAsync(string? path, bool json, Parts parts, string? otherUrl, string? user, CancellationToken cancel)
    {
        if (Load(path) is not { } config)
            return 2;
        var url = otherUrl ?? (config.Grafana.Host == "localhost" ? $"http://{config.System.Localhost}:{config.Grafana.Port}" : config.Grafana.Url);
        if (!Uri.TryCreate(url, UriKind.Absolute, out var parsed) || parsed.Scheme is not ("http" or "https"))
        {
            Console.Error.WriteLine($"--url: {url} is not an http or https address");
            return 2;
        }
        if (parts.StoreUrl is { } asked && (!Uri.TryCreate(asked, UriKind.Absolute, out var store) || store.Scheme is not ("http" or "https")))
        {
            Console.Error.WriteLine($"--store-url: {asked} is not an http or https address");
            return 2;
        }
        try
        {
            using var client = new GrafanaClient(url, user ?? config.Grafana.AdminUser, config.Grafana.AdminPassword, Environment.GetEnvironmentVariable("GRAFANA_TOKEN") is { Length: > 0 } token ? token : null);
            var setup = new GrafanaSetup(client, TimeProvider.System);
            await setup.WaitAsync(ReadyLimit, cancel);
            var results = new List<SetupResult>();
            string? problem = null;
            if (parts.DataSource)
            {
                results.Add(await setup.DataSourceAsync(config.InfluxDb, parts.StoreUrl, parts.Force, cancel));
                problem = await setup.DataSourceProblemAsync(cancel);
            }
            if (parts.Dashboards)
                results.AddRange(await setup.DashboardsAsync(config, parts.Overwrite, cancel));
            if (parts.Alerts)
            {
                if (await setup.AlertsAsync(config, parts.Overwrite, cancel) is { } rules)
                    results.AddRange(rules);
                else if (!json)
                    Console.WriteLine("- alert rules: there is no API for them here; the viewer evaluates none");
            }
            Report(results, json, url);

            // The dashboards are there, and empty: said, but the store may come later.
            if (problem is not null)
                Console.Error.WriteLine($"! datasource {DataSource.Uid}: Grafana does not reach the store with it: {problem} (--store-url says how Grafana reaches it)");
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
            Console.WriteLine(result.Outcome switch
            {
                SetupOutcome.Kept => $"! {result.Kind} {result.Uid}: kept as a person saved it ({(result.Kind == "datasource" ? "--force" : "--overwrite")} replaces it)",
                SetupOutcome.Provisioned => $"✓ {result.Kind} {result.Uid}: provisioned from Grafana's own files",
                _ => $"✓ {result.Kind} {result.Uid}: {Word(result)}",
            });
    }

    private sealed record Parts(bool DataSource, bool Dashboards, bool Alerts)
    {
        public bool Force { get; init; }
        public bool Overwrite { get; init; }
        public string? StoreUrl { get; init; }
    }

    private static string Word(SetupResult result) => result.Outcome.ToString().ToLowerInvariant();
}
