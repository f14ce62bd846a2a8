using System.Text.Json.Nodes;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Grafana;

/// <summary>What set-up did with one thing.</summary>
public enum SetupOutcome
{
    /// <summary>It was not there.</summary>
    Created,

    /// <summary>It was different.</summary>
    Changed,

    /// <summary>It was already so.</summary>
    Unchanged,

    /// <summary>It is different because a person saved it: it was left as it is.</summary>
    Kept,

    /// <summary>Grafana has it from a provisioning file, which alone can change it.</summary>
    Provisioned,

    /// <summary>It is not wanted any more.</summary>
    Removed,
}

/// <summary>One line of the set-up's report.</summary>
/// <param name="Kind"><c>datasource</c>, <c>dashboard</c> or <c>alert rule</c>.</param>
/// <param name="Uid">Its uid.</param>
/// <param name="Outcome">What was done.</param>
public sealed record SetupResult(string Kind, string Uid, SetupOutcome Outcome);

/// <summary>Gives a Grafana (or the viewer) the datasource, the dashboards and the alert rules; a second run changes nothing.</summary>
/// <remarks>Grafana never tells a stored password, so a changed password alone is not seen: use <c>force</c>.</remarks>
public sealed class GrafanaSetup(GrafanaClient client, TimeProvider time)
{
    /// <summary>How long a Grafana that has its datasource from a file may take to read the files of its dashboards.</summary>
    private static readonly TimeSpan FilesLimit = TimeSpan.FromSeconds(20);
    private const string Mark = "nbpy";
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    /// <summary>Waits until Grafana is ready.</summary>
    /// <param name="limit">How long at most.</param>
    /// <param name="cancel">Cancels.</param>
    /// <exception cref="GrafanaException">It was not ready in time.</exception>
    public async Task WaitAsync(TimeSpan limit, CancellationToken cancel)
    {
        var start = time.GetTimestamp();
        while (!await client.IsReadyAsync(cancel).ConfigureAwait(false))
        {
            if (time.GetElapsedTime(start) >= limit)
                throw new GrafanaException($"Grafana was not ready within {limit.TotalSeconds:0} s.");
            await Task.Delay(Pause, time, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>Creates or updates the datasource. What it wrote it notes in the datasource's own <c>jsonData.nbpy</c>: where address, account or
    /// database are others since, a person corrected them, and they are kept.</summary>
    /// <param name="store">The store it points to.</param>
    /// <param name="storeUrl">The store as Grafana reaches it; null for the configuration's address.</param>
    /// <param name="force">Write it even when nothing looks different (a new password), and over a person's change.</param>
    /// <param name="cancel">Cancels.</param>
    public async Task<SetupResult> DataSourceAsync(InfluxDbConfig store, string? storeUrl, bool force, CancellationToken cancel)
    {
        var wanted = DataSource.ToJson(store, storeUrl);
        var mark = MarkOf(wanted);
        var found = await client.GetDataSourceAsync(DataSource.Uid, cancel).ConfigureAwait(false);
        if (found is not null && IsReadOnly(found))
            return new("datasource", DataSource.Uid, SetupOutcome.Provisioned);
        var same = found is not null && wanted.Where(p => p.Key != "secureJsonData").All(p => Covers(p.Value, found[p.Key]))
            && found["secureJsonFields"]?["password"]?.GetValue<bool>() == true;
        wanted["jsonData"]![Mark] = mark;
        if (found is null)
        {
            await client.AddDataSourceAsync(wanted, cancel).ConfigureAwait(false);
            return new("datasource", DataSource.Uid, SetupOutcome.Created);
        }
        if (same && !force)
            return new("datasource", DataSource.Uid, SetupOutcome.Unchanged);
        if (!force && !JsonNode.DeepEquals(found["jsonData"]?[Mark], MarkOf(found)))
            return new("datasource", DataSource.Uid, SetupOutcome.Kept);

        // Whether it is the organisation's default is not ours to say.
        if (found["isDefault"] is { } isDefault)
            wanted["isDefault"] = isDefault.DeepClone();
        await client.UpdateDataSourceAsync(DataSource.Uid, wanted, cancel).ConfigureAwait(false);
        return new("datasource", DataSource.Uid, SetupOutcome.Changed);
    }

    /// <summary>Why Grafana does not reach the store through the datasource, in its words; null when it does, or does not say.</summary>
    public Task<string?> DataSourceProblemAsync(CancellationToken cancel) => client.GetDataSourceProblemAsync(DataSource.Uid, cancel);

    /// <summary>Creates or updates the alert rules, in a folder of their own, and removes those of topics that are no more; null where there is no
    /// API for them (the viewer). Grafana locks in its page what comes this way; a rule without that lock is a person's and kept.</summary>
    /// <param name="config">The configuration they are made from.</param>
    /// <param name="overwrite">Replace also a person's.</param>
    /// <param name="cancel">Cancels.</param>
    public async Task<IReadOnlyList<SetupResult>?> AlertsAsync(IntegrationConfig config, bool overwrite, CancellationToken cancel)
    {
        if (await client.GetAlertRulesAsync(cancel).ConfigureAwait(false) is not { } present)
            return null;
        var results = new List<SetupResult>();
        var hasFolder = false;
        var wanted = AlertRules.ForApi(config);

        // A Grafana that has its datasource from a file has the rules from one too, read or about to be.
        if (await client.GetDataSourceAsync(DataSource.Uid, cancel).ConfigureAwait(false) is { } source && IsReadOnly(source))
            return [.. wanted.Select(r => new SetupResult("alert rule", r["uid"]!.ToString(), SetupOutcome.Provisioned))];
        foreach (var rule in wanted)
        {
            var uid = rule["uid"]!.ToString();
            var found = present.FirstOrDefault(r => r["uid"]?.ToString() == uid);
            var provenance = found?["provenance"]?.ToString() ?? "";
            var outcome = found is null ? SetupOutcome.Created
                : provenance == "file" ? SetupOutcome.Provisioned
                : rule.Where(p => p.Key != "orgID").All(p => Covers(p.Value, found[p.Key])) ? SetupOutcome.Unchanged
                : provenance == "api" || overwrite ? SetupOutcome.Changed
                : SetupOutcome.Kept;
            if (outcome is SetupOutcome.Created or SetupOutcome.Changed && !hasFolder)
            {
                await client.EnsureFolderAsync(AlertRules.Group, AlertRules.Folder, cancel).ConfigureAwait(false);
                hasFolder = true;
            }
            if (outcome == SetupOutcome.Created)
                await client.AddAlertRuleAsync(rule, cancel).ConfigureAwait(false);
            else if (outcome == SetupOutcome.Changed)
                await client.UpdateAlertRuleAsync(uid, rule, cancel).ConfigureAwait(false);
            results.Add(new("alert rule", uid, outcome));
        }

        // The silence of a topic that is no more would be told for ever.
        foreach (var old in present.Where(r => r["folderUID"]?.ToString() == AlertRules.Group && r["provenance"]?.ToString() == "api" && wanted.All(w => w["uid"]!.ToString() != r["uid"]?.ToString())))
        {
            await client.DeleteAlertRuleAsync(old["uid"]!.ToString(), cancel).ConfigureAwait(false);
            results.Add(new("alert rule", old["uid"]!.ToString(), SetupOutcome.Removed));
        }
        return results;
    }

    /// <summary>Creates or updates the dashboards.</summary>
    /// <param name="config">The configuration they are made from.</param>
    /// <param name="overwrite">Replace also what a person saved after set-up did.</param>
    /// <param name="cancel">Cancels.</param>
    public async Task<IReadOnlyList<SetupResult>> DashboardsAsync(IntegrationConfig config, bool overwrite, CancellationToken cancel)
    {
        var results = new List<SetupResult>();

        // A dashboard that Grafana is about to read from its file is not to be made a second time.
        var reads = await client.GetDataSourceAsync(DataSource.Uid, cancel).ConfigureAwait(false) is { } source && IsReadOnly(source);
        var start = time.GetTimestamp();
        foreach (var dashboard in Dashboards.All(config))
        {
            var wanted = dashboard.ToJson();
            var answer = await client.GetDashboardAsync(dashboard.Uid, cancel).ConfigureAwait(false);
            while (answer is null && reads && time.GetElapsedTime(start) < FilesLimit)
            {
                await Task.Delay(Pause, time, cancel).ConfigureAwait(false);
                answer = await client.GetDashboardAsync(dashboard.Uid, cancel).ConfigureAwait(false);
            }

            var found = answer?["dashboard"];
            var outcome = found is null ? SetupOutcome.Created
                : answer!["meta"]?["provisioned"]?.GetValue<bool>() == true ? SetupOutcome.Provisioned
                : Covers(wanted, found) ? SetupOutcome.Unchanged
                : overwrite || await client.GetLastMessageAsync(dashboard.Uid, cancel).ConfigureAwait(false) == GrafanaClient.SetupMessage ? SetupOutcome.Changed
                : SetupOutcome.Kept;
            if (outcome is SetupOutcome.Created or SetupOutcome.Changed)
                await client.SaveDashboardAsync(wanted, cancel).ConfigureAwait(false);
            results.Add(new("dashboard", dashboard.Uid, outcome));
        }
        return results;
    }

    private static JsonObject MarkOf(JsonObject source) => new() { ["url"] = source["url"]?.DeepClone(), ["user"] = source["user"]?.DeepClone(), ["database"] = source["database"]?.DeepClone() };

    private static bool IsReadOnly(JsonObject dataSource) => dataSource["readOnly"]?.GetValue<bool>() == true;

    /// <summary>True when everything wanted is there as wanted; what Grafana adds of its own (id, version, defaults) does not count.</summary>
    private static bool Covers(JsonNode? wanted, JsonNode? found) => (wanted, found) switch
    {
        (JsonObject w, JsonObject f) => w.All(p => Covers(p.Value, f[p.Key])),
        (JsonArray w, JsonArray f) => w.Count == f.Count && w.Zip(f).All(p => Covers(p.First, p.Second)),
        _ => JsonNode.DeepEquals(wanted, found),
    };
}
