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
}

/// <summary>One line of the set-up's report.</summary>
/// <param name="Kind"><c>datasource</c> or <c>dashboard</c>.</param>
/// <param name="Uid">Its uid.</param>
/// <param name="Outcome">What was done.</param>
public sealed record SetupResult(string Kind, string Uid, SetupOutcome Outcome);

/// <summary>Gives a Grafana (or the viewer) the datasource and the dashboards; a second run changes nothing.</summary>
/// <remarks>Grafana never tells a stored password, so a changed password alone is not seen: use <c>force</c>.</remarks>
public sealed class GrafanaSetup(GrafanaClient client, TimeProvider time)
{
    /// <summary>How long a Grafana that has its datasource from a file may take to read the files of its dashboards.</summary>
    private static readonly TimeSpan FilesLimit = TimeSpan.FromSeconds(20);
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

    /// <summary>Creates or updates the datasource.</summary>
    /// <param name="store">The store it points to.</param>
    /// <param name="force">Write it even when nothing looks different (a new password).</param>
    /// <param name="cancel">Cancels.</param>
    public async Task<SetupResult> DataSourceAsync(InfluxDbConfig store, bool force, CancellationToken cancel)
    {
        var wanted = DataSource.ToJson(store);
        var found = await client.GetDataSourceAsync(DataSource.Uid, cancel).ConfigureAwait(false);
        if (found is null)
        {
            await client.AddDataSourceAsync(wanted, cancel).ConfigureAwait(false);
            return new("datasource", DataSource.Uid, SetupOutcome.Created);
        }
        if (IsReadOnly(found))
            return new("datasource", DataSource.Uid, SetupOutcome.Provisioned);
        var same = wanted.Where(p => p.Key != "secureJsonData").All(p => Covers(p.Value, found[p.Key]))
            && found["secureJsonFields"]?["password"]?.GetValue<bool>() == true;
        if (same && !force)
            return new("datasource", DataSource.Uid, SetupOutcome.Unchanged);
        await client.UpdateDataSourceAsync(DataSource.Uid, wanted, cancel).ConfigureAwait(false);
        return new("datasource", DataSource.Uid, SetupOutcome.Changed);
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

    private static bool IsReadOnly(JsonObject dataSource) => dataSource["readOnly"]?.GetValue<bool>() == true;

    /// <summary>True when everything wanted is there as wanted; what Grafana adds of its own (id, version, defaults) does not count.</summary>
    private static bool Covers(JsonNode? wanted, JsonNode? found) => (wanted, found) switch
    {
        (JsonObject w, JsonObject f) => w.All(p => Covers(p.Value, f[p.Key])),
        (JsonArray w, JsonArray f) => w.Count == f.Count && w.Zip(f).All(p => Covers(p.First, p.Second)),
        _ => JsonNode.DeepEquals(wanted, found),
    };
}
