using System.CommandLine;
using Nbpy.Grafana;
using Nbpy.Influx;
using Nbpy.ServiceDefaults.Configuration;
using Nbpy.ServiceDefaults.Control;

namespace Nbpy.Cli.Host;

/// <summary><c>nbpy wait CONDITION…</c>: the topology's edges where no application host keeps them, as in an init container.</summary>
internal static class WaitCommand
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan OneAnswer = TimeSpan.FromSeconds(5);

    public static Command Create()
    {
        var conditions = new Argument<string[]>("condition")
        {
            Description = "A service of the running host (see --status), http://… or https://… (answers 2xx), store (database and retention policies of the configuration are there), dashboards (the set-up's dashboards are there).",
            Arity = ArgumentArity.OneOrMore,
        };
        var timeout = new Option<int>("--timeout") { Description = "Most seconds to wait.", DefaultValueFactory = _ => 300 };
        var status = new Option<string>("--status") { Description = "What is waited for of a service: healthy (or, of a job, completed), up (it runs), down (it does not).", DefaultValueFactory = _ => "healthy" };
        status.AcceptOnlyFromAmong("healthy", "up", "down");
        return Commands.Make("wait", "Waits until all conditions are met. Exit code 1: not within the time, and what is missing.", [conditions, status, timeout], (r, config, cancellationToken) =>
            CheckedAsync(() => RunAsync(
                r.GetRequiredValue(conditions), r.GetRequiredValue(status), TimeSpan.FromSeconds(Math.Max(1, r.GetValue(timeout))), config, TimeProvider.System, cancellationToken)));
    }

    private static async Task<int> CheckedAsync(Func<Task<int>> run)
    {
        try
        {
            return await run().ConfigureAwait(false);
        }
        catch (UnknownConditionException e)
        {
            await Console.Error.WriteLineAsync(e.Message).ConfigureAwait(false);
            return 2;
        }
    }

    private static async Task<int> RunAsync(string[] conditions, string status, TimeSpan limit, IntegrationConfig config, TimeProvider time, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { Timeout = OneAnswer };
        var start = time.GetTimestamp();
        var open = conditions.Distinct().ToDictionary(c => c, _ => "not asked yet");
        while (true)
        {
            foreach (var condition in open.Keys.ToList())
            {
                var reason = await AskAsync(condition, status, http, config, cancellationToken).ConfigureAwait(false);
                if (reason is null)
                {
                    open.Remove(condition);
                    Console.WriteLine($"{condition}: met after {time.GetElapsedTime(start).TotalSeconds:0} s");
                }
                else if (open[condition] != reason)
                {
                    open[condition] = reason;
                    Console.WriteLine($"{condition}: waiting ({reason})");
                }
            }

            if (open.Count == 0)
                return 0;
            if (time.GetElapsedTime(start) > limit)
            {
                await Console.Error.WriteLineAsync($"Not within {limit.TotalSeconds:0} s: {string.Join("; ", open.Select(o => $"{o.Key} ({o.Value})"))}").ConfigureAwait(false);
                return 1;
            }

            await Task.Delay(Poll, time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <returns>Null when met; else why not.</returns>
    private static async Task<string?> AskAsync(string condition, string status, HttpClient http, IntegrationConfig config, CancellationToken cancellationToken)
    {
        try
        {
            return condition switch
            {
                "store" => await StoreAsync(config, cancellationToken).ConfigureAwait(false),
                "dashboards" => await DashboardsAsync(config, cancellationToken).ConfigureAwait(false),
                _ when Uri.TryCreate(condition, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" => await UrlAsync(uri, http, cancellationToken).ConfigureAwait(false),
                _ => await ServiceAsync(condition, status, config, cancellationToken).ConfigureAwait(false),
            };
        }
        catch (Exception e) when (e is HttpRequestException or InfluxException or GrafanaException or IOException)
        {
            return e.Message;
        }
        catch (TaskCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"no answer within {OneAnswer.TotalSeconds:0} s";
        }
    }

    private static async Task<string?> ServiceAsync(string name, string wanted, IntegrationConfig config, CancellationToken cancellationToken)
    {
        using var client = new ControlClient(config);
        if (await client.StatusAsync(cancellationToken).ConfigureAwait(false) is not { } status)
            return wanted == "down" ? null : client.NoHost(config);
        if (DescribeCommand.Find(status, name) is not { } service)
            throw new UnknownConditionException($"'{name}' is no condition: write a service ({string.Join(", ", status.Services.Select(s => s.Name))}), http://…, https://…, store or dashboards.");
        var met = wanted switch
        {
            "up" => service.State == "Running",
            "down" => service.State is "Finished" or "Exited" or "FailedToStart" or "Fatal" or "NotStarted",
            _ => StatusCommand.IsWell(service) && service.State != "NotStarted",
        };
        return met ? null : service.Reason is { } reason ? $"{service.State}: {reason}" : service.State;
    }

    private static async Task<string?> UrlAsync(Uri url, HttpClient http, CancellationToken cancellationToken)
    {
        using var response = await http.GetAsync(url, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        return response.IsSuccessStatusCode ? null : $"status {(int)response.StatusCode}";
    }

    private static async Task<string?> StoreAsync(IntegrationConfig config, CancellationToken cancellationToken)
    {
        // A writer's account may not list policies of a store with accounts of least rights; the reader's may.
        var (user, password) = config.InfluxDb.Reader;
        using var client = new InfluxClient(new InfluxOptions { Url = new Uri(config.InfluxDb.Url), Database = config.InfluxDb.Database, Username = user, Password = password });
        var there = (await new RetentionManager(client, TimeProvider.System).ListAsync(cancellationToken).ConfigureAwait(false)).Select(p => p.Name).ToHashSet(StringComparer.Ordinal);
        var missing = config.InfluxDb.RetentionPolicies.Select(p => p.Name).Where(p => !there.Contains(p)).ToList();
        return missing.Count == 0 ? null : $"no retention policy {string.Join(", ", missing)} yet";
    }

    private static async Task<string?> DashboardsAsync(IntegrationConfig config, CancellationToken cancellationToken)
    {
        using var client = new GrafanaClient(config.Grafana.Url, config.Grafana.AdminUser, config.Grafana.AdminPassword);
        foreach (var uid in Dashboards.All(config).Select(d => d.Uid))
            if (await client.GetDashboardAsync(uid, cancellationToken).ConfigureAwait(false) is null)
                return $"no dashboard {uid} yet";
        return null;
    }

    /// <summary>What was given is neither a condition nor a service.</summary>
    private sealed class UnknownConditionException(string message) : Exception(message);
}
