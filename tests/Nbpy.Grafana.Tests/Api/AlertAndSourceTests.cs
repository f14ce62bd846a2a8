using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Grafana.Tests.Api;

/// <summary>Alert rules through Grafana's API, and a datasource that a person corrected.</summary>
public sealed class AlertAndSourceTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task RulesAreMadeOnceAndThoseOfTopicsThatAreNoMoreGo()
    {
        await using var grafana = await FakeGrafana.StartAsync();
        var config = Configurations.Seven(8086);
        Assert.All(await RulesAsync(grafana, config), r => Assert.Equal(SetupOutcome.Created, r.Outcome));
        Assert.Equal(11, grafana.Rules.Count());
        Assert.All(await RulesAsync(grafana, config), r => Assert.Equal(SetupOutcome.Unchanged, r.Outcome));

        var less = config with { Publishers = [.. config.Publishers.Select(p => p.Topic == "oanda_tick" ? p with { Enabled = false } : p)] };
        Assert.Equal("oanda_tick_silent_stream", Assert.Single(await RulesAsync(grafana, less), r => r.Outcome == SetupOutcome.Removed).Uid);
        Assert.Equal(10, grafana.Rules.Count());

        grafana.Unlock("nbpy-loss");
        Assert.Equal("nbpy-loss", Assert.Single(await RulesAsync(grafana, less), r => r.Outcome == SetupOutcome.Kept).Uid);
        Assert.Equal("nbpy-loss", Assert.Single(await RulesAsync(grafana, less, overwrite: true), r => r.Outcome == SetupOutcome.Changed).Uid);

        // The queries are as Grafana's page writes them: two dollars are for files.
        Assert.DoesNotContain(grafana.Requests, r => r.Body?.ToJsonString().Contains("$$", StringComparison.Ordinal) == true);
        Assert.Equal([], grafana.Requests.SelectMany(GrafanaDescription.Read().ProblemsOf));
    }

    [Fact]
    public async Task TheViewerHasNoRulesAndAGrafanaOfFilesHasItsOwn()
    {
        await using var influx = await FakeInflux.StartAsync();
        await using var viewer = await ViewerFixture.StartAsync(influx.Port);
        using var client = new GrafanaClient(viewer.Url, "admin", "s3cret");
        Assert.Null(await new GrafanaSetup(client, TimeProvider.System).AlertsAsync(viewer.Config, overwrite: false, Cancel));

        await using var grafana = await FakeGrafana.StartAsync(Configurations.Seven(8086));
        Assert.All(await RulesAsync(grafana, Configurations.Seven(8086)), r => Assert.Equal(SetupOutcome.Provisioned, r.Outcome));
        Assert.All(grafana.Requests, r => Assert.Equal("GET", r.Method));
    }

    [Fact]
    public async Task AnAddressThatAPersonCorrectedIsKept()
    {
        await using var grafana = await FakeGrafana.StartAsync();
        var store = Configurations.Seven(8086).InfluxDb;
        Assert.Equal(SetupOutcome.Created, await SourceAsync(grafana, store));
        Assert.Equal(SetupOutcome.Unchanged, await SourceAsync(grafana, store));
        Assert.False(grafana.Source.ContainsKey("isDefault"));

        // The configuration moved, and nobody touched it: it follows.
        Assert.Equal(SetupOutcome.Changed, await SourceAsync(grafana, store, "http://influxdb:8086"));
        grafana.Correct("http://192.168.1.5:8086");
        Assert.Equal(SetupOutcome.Kept, await SourceAsync(grafana, store, "http://influxdb:8086"));
        Assert.Equal("http://192.168.1.5:8086", grafana.Source["url"]!.ToString());
        Assert.Equal(SetupOutcome.Changed, await SourceAsync(grafana, store, "http://influxdb:8086", force: true));
        Assert.Equal("http://influxdb:8086", grafana.Source["url"]!.ToString());

        using var client = new GrafanaClient(grafana.Url, "admin", "s3cret");
        Assert.Contains("connection refused", await new GrafanaSetup(client, TimeProvider.System).DataSourceProblemAsync(Cancel), StringComparison.Ordinal);
    }

    private static async Task<SetupOutcome> SourceAsync(FakeGrafana grafana, InfluxDbConfig store, string? url = null, bool force = false)
    {
        using var client = new GrafanaClient(grafana.Url, "admin", "s3cret");
        return (await new GrafanaSetup(client, TimeProvider.System).DataSourceAsync(store, url, force, Cancel)).Outcome;
    }

    private static async Task<IReadOnlyList<SetupResult>> RulesAsync(FakeGrafana grafana, IntegrationConfig config, bool overwrite = false)
    {
        using var client = new GrafanaClient(grafana.Url, "admin", "s3cret");
        return (await new GrafanaSetup(client, TimeProvider.System).AlertsAsync(config, overwrite, Cancel))!;
    }
}
