namespace Nbpy.Grafana.Tests.Api;

/// <summary>Set-up against a Grafana that has everything from its files, as the app host starts it.</summary>
public sealed class ProvisionedGrafanaTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task WhatFilesProvideIsLeftAndSaidSo()
    {
        var config = Configurations.Seven(8086);
        await using var grafana = await FakeGrafana.StartAsync(config);
        Assert.All(await RunAsync(grafana, overwrite: false), r => Assert.Equal(SetupOutcome.Provisioned, r.Outcome));
        Assert.All(await RunAsync(grafana, overwrite: true), r => Assert.Equal(SetupOutcome.Provisioned, r.Outcome));
        Assert.All(grafana.Requests, r => Assert.Equal("GET", r.Method));
    }

    [Fact]
    public async Task ADashboardWhoseFileIsNotReadYetIsWaitedForAndNotMadeASecondTime()
    {
        await using var grafana = await FakeGrafana.StartAsync(Configurations.Seven(8086), late: 3);
        Assert.All(await RunAsync(grafana, overwrite: false), r => Assert.Equal(SetupOutcome.Provisioned, r.Outcome));
        Assert.DoesNotContain(grafana.Requests, r => r.Method == "POST");
    }

    internal static async Task<List<SetupResult>> RunAsync(FakeGrafana grafana, bool overwrite, bool force = false)
    {
        using var client = new GrafanaClient(grafana.Url, "admin", "s3cret");
        var setup = new GrafanaSetup(client, TimeProvider.System);
        await setup.WaitAsync(TimeSpan.FromSeconds(20), Cancel);
        var config = Configurations.Seven(8086);
        return [await setup.DataSourceAsync(config.InfluxDb, null, force, Cancel), .. await setup.DashboardsAsync(config, overwrite, Cancel)];
    }
}
