using System.Text.Json.Nodes;

namespace Nbpy.Grafana.Tests;

public sealed class SetupTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task TheSecondRunChangesNothing()
    {
        await using var influx = await FakeInflux.StartAsync();
        await using var viewer = await ViewerFixture.StartAsync(influx.Port);
        using var client = new GrafanaClient(viewer.Url, "admin", "s3cret");
        var first = await RunAsync(client, viewer);
        Assert.All(first, r => Assert.Equal(SetupOutcome.Created, r.Outcome));
        Assert.Equal(10, first.Count);

        var file = Path.Combine(viewer.Config.System.DataDir, "viewer", "grafana.json");
        var before = await File.ReadAllTextAsync(file, Cancel);
        Assert.DoesNotContain("store-pw", before, StringComparison.Ordinal);
        Assert.All(await RunAsync(client, viewer), r => Assert.Equal(SetupOutcome.Unchanged, r.Outcome));
        Assert.Equal(before, await File.ReadAllTextAsync(file, Cancel));
    }

    [Fact]
    public async Task WhatIsDifferentIsPutRightAndNothingElse()
    {
        await using var influx = await FakeInflux.StartAsync();
        await using var viewer = await ViewerFixture.StartAsync(influx.Port);
        using var client = new GrafanaClient(viewer.Url, "admin", "s3cret");
        await RunAsync(client, viewer);
        var dashboard = (await client.GetDashboardAsync("kraken_tick_stream", Cancel))!["dashboard"]!.AsObject();
        dashboard["panels"]![0]!["title"] = "other";
        await client.SaveDashboardAsync(dashboard, Cancel);
        Assert.Equal("kraken_tick_stream", Assert.Single(await RunAsync(client, viewer), r => r.Outcome == SetupOutcome.Changed).Uid);
    }

    [Fact]
    public async Task WhatAPersonSavedIsKeptUntilToldOtherwise()
    {
        await using var influx = await FakeInflux.StartAsync();
        await using var viewer = await ViewerFixture.StartAsync(influx.Port);
        using var client = new GrafanaClient(viewer.Url, "admin", "s3cret");
        await RunAsync(client, viewer);
        var dashboard = (await client.GetDashboardAsync("betfair_stream", Cancel))!["dashboard"]!;
        dashboard["panels"]![0]!["title"] = "mine";
        viewer.SignIn();
        using var body = new StringContent(new JsonObject { ["dashboard"] = dashboard.DeepClone(), ["overwrite"] = true, ["message"] = "nicer" }.ToJsonString(), null, "application/json");
        using var saved = await viewer.Client.PostAsync("/api/dashboards/db", body, Cancel);
        saved.EnsureSuccessStatusCode();

        Assert.Equal("betfair_stream", Assert.Single(await RunAsync(client, viewer), r => r.Outcome == SetupOutcome.Kept).Uid);
        Assert.Equal("mine", (await client.GetDashboardAsync("betfair_stream", Cancel))!["dashboard"]!["panels"]![0]!["title"]!.ToString());
        Assert.Equal("betfair_stream", Assert.Single(await RunAsync(client, viewer, overwrite: true), r => r.Outcome == SetupOutcome.Changed).Uid);
        Assert.All(await RunAsync(client, viewer), r => Assert.Equal(SetupOutcome.Unchanged, r.Outcome));
    }

    [Fact]
    public async Task LoginGivesASessionThatOpensTheApi()
    {
        await using var influx = await FakeInflux.StartAsync();
        await using var viewer = await ViewerFixture.StartAsync(influx.Port);
        async Task<int> LoginAsync(string password)
        {
            using var body = new StringContent($$"""{"user":"admin","password":"{{password}}"}""", null, "application/json");
            using var answer = await viewer.Client.PostAsync("/login", body, Cancel);
            return (int)answer.StatusCode;
        }
        Assert.Equal(401, await LoginAsync("wrong"));
        Assert.Equal(401, (int)(await viewer.Client.GetAsync("/api/search", Cancel)).StatusCode);
        Assert.Equal(200, await LoginAsync("s3cret"));
        Assert.Equal(200, (int)(await viewer.Client.GetAsync("/api/search", Cancel)).StatusCode);
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("http", false)]
    [InlineData("https", true)]
    [InlineData("https, http", true)]
    public async Task ASessionMadeThroughAProxyWithTlsStaysOnTls(string? forwarded, bool isSecure)
    {
        await using var influx = await FakeInflux.StartAsync();
        await using var viewer = await ViewerFixture.StartAsync(influx.Port);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/login") { Content = new StringContent("""{"user":"admin","password":"s3cret"}""", null, "application/json") };
        if (forwarded is not null)
            request.Headers.Add("X-Forwarded-Proto", forwarded);
        using var answer = await viewer.Client.SendAsync(request, Cancel);
        Assert.Equal(isSecure, Assert.Single(answer.Headers.GetValues("Set-Cookie")).Contains("secure", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task AWrongPasswordIsAnErrorThatSaysSo()
    {
        await using var influx = await FakeInflux.StartAsync();
        await using var viewer = await ViewerFixture.StartAsync(influx.Port);
        using var client = new GrafanaClient(viewer.Url, "admin", "wrong");
        var error = await Assert.ThrowsAsync<GrafanaException>(() => RunAsync(client, viewer));
        Assert.Contains("401", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SearchFindsTheSevenDashboardsByName()
    {
        await using var influx = await FakeInflux.StartAsync();
        await using var viewer = await ViewerFixture.StartAsync(influx.Port);
        using var client = new GrafanaClient(viewer.Url, "admin", "s3cret");
        await RunAsync(client, viewer);
        viewer.SignIn();
        var found = JsonNode.Parse(await viewer.Client.GetStringAsync("/api/search", Cancel))!.AsArray().Select(d => d!["uid"]!.ToString()).ToHashSet();
        Assert.Superset(
            new HashSet<string>
            {
                "kraken_tick_stream", "kraken_depth_stream", "kraken_orders_stream", "oanda_tick_stream", "oanda_orders_stream",
                "betfair_stream", "twitter_sentiment_stream",
            },
            found);
    }

    private static async Task<List<SetupResult>> RunAsync(GrafanaClient client, ViewerFixture viewer, bool overwrite = false)
    {
        var setup = new GrafanaSetup(client, TimeProvider.System);
        await setup.WaitAsync(TimeSpan.FromSeconds(10), Cancel);
        return [await setup.DataSourceAsync(viewer.Config.InfluxDb, null, force: false, Cancel), .. await setup.DashboardsAsync(viewer.Config, overwrite, Cancel)];
    }
}
