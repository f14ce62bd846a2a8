using System.Net;
using System.Text.Json.Nodes;

namespace Nbpy.Grafana.Tests;

public sealed class ViewerTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task TopicsAreTheMeasurementsOfTheConfigurationWithTheirKind()
    {
        await using var influx = await FakeInflux.StartAsync();
        await using var viewer = await ViewerFixture.StartAsync(influx.Port);
        var topics = JsonNode.Parse(await viewer.Client.GetStringAsync("/api/viewer/topics", Cancel))!["topics"]!.AsArray();
        Assert.Equal(
            ["tick", "depth", "orders", "tick", "orders", "betting", "sentiment", "custom"],
            topics.Select(t => t!["kind"]!.ToString()));
    }

    [Fact]
    public async Task LatestAsksTheMeasurementInItsPolicyAndPassesTheSeriesOn()
    {
        await using var influx = await FakeInflux.StartAsync();
        await using var viewer = await ViewerFixture.StartAsync(influx.Port);
        var answer = JsonNode.Parse(await viewer.Client.GetStringAsync("/api/viewer/latest?measurement=weather", Cancel))!;
        Assert.Equal("simulated", answer["series"]![0]!["tags"]!["source"]!.ToString());
        Assert.Equal(
            "SELECT \"temperature\", \"wind\" FROM \"tick\".\"high_frequency\".\"weather\" WHERE time > now() - 1h GROUP BY * ORDER BY time DESC LIMIT 1",
            Assert.Single(influx.Queries));
    }

    [Fact]
    public async Task SeriesIsBoundedInTimeAndRowsAndQuotesTheTag()
    {
        await using var influx = await FakeInflux.StartAsync();
        await using var viewer = await ViewerFixture.StartAsync(influx.Port);
        var evil = Uri.EscapeDataString("x' OR 'a'='a\\");
        await viewer.Client.GetStringAsync($"/api/viewer/series?measurement=kraken_tick&since=1700000000000&tag.pair={evil}", Cancel);
        var query = Assert.Single(influx.Queries);
        Assert.Contains("WHERE time > now() - 5m AND time > 1700000000000ms AND \"pair\" = 'x\\' OR \\'a\\'=\\'a\\\\' GROUP BY", query, StringComparison.Ordinal);
        Assert.EndsWith("ORDER BY time DESC LIMIT 3000", query, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("latest?measurement=kraken_tick%22%3B%20DROP%20DATABASE%20tick", 404)]
    [InlineData("latest", 404)]
    [InlineData("series?measurement=nothing", 404)]
    [InlineData("series?measurement=kraken_tick&since=1%20OR%201%3D1", 400)]
    [InlineData("series?measurement=kraken_tick&tag.pair%22%3D1=x", 400)]
    public async Task AnInjectionIsRefusedAndNeverReachesTheStore(string path, int status)
    {
        await using var influx = await FakeInflux.StartAsync();
        await using var viewer = await ViewerFixture.StartAsync(influx.Port);
        using var answer = await viewer.Client.GetAsync("/api/viewer/" + path, Cancel);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Empty(influx.Queries);
    }

    [Fact]
    public async Task TheStoresPasswordGoesToTheStoreAndNeverToTheBrowser()
    {
        await using var influx = await FakeInflux.StartAsync();
        await using var viewer = await ViewerFixture.StartAsync(influx.Port);
        foreach (var path in (string[])["/", "/assets/main.js", "/api/viewer/topics", "/api/viewer/status", "/api/viewer/latest?measurement=weather", "/api/health"])
            Assert.DoesNotContain("store-pw", await viewer.Client.GetStringAsync(path, Cancel), StringComparison.Ordinal);
        Assert.StartsWith("Basic ", Assert.Single(influx.Authorizations), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AStoreThatIsDownIsSaidAndTheViewerStaysHealthy()
    {
        var influx = await FakeInflux.StartAsync();
        var port = influx.Port;
        await influx.DisposeAsync();
        await using var viewer = await ViewerFixture.StartAsync(port);
        using var latest = await viewer.Client.GetAsync("/api/viewer/latest?measurement=kraken_tick", Cancel);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, latest.StatusCode);
        Assert.Contains("does not answer", await latest.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        Assert.Contains("unreachable", await viewer.Client.GetStringAsync("/api/viewer/status", Cancel), StringComparison.Ordinal);
        Assert.Equal("ok", JsonNode.Parse(await viewer.Client.GetStringAsync("/api/health", Cancel))!["database"]!.ToString());
        foreach (var path in (string[])["/health", "/alive"])
            Assert.Equal("Healthy", await viewer.Client.GetStringAsync(path, Cancel));
    }

    [Fact]
    public async Task TheStoresOwnErrorIsPassedOn()
    {
        await using var influx = await FakeInflux.StartAsync();
        influx.Error = "database not found: tick";
        await using var viewer = await ViewerFixture.StartAsync(influx.Port);
        using var answer = await viewer.Client.GetAsync("/api/viewer/latest?measurement=kraken_tick", Cancel);
        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        Assert.Contains("database not found: tick", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/assets/panel.js")]
    [InlineData("/api/health")]
    [InlineData("/api/datasources")]
    [InlineData("/nowhere")]
    public async Task EveryAnswerCarriesTheSecurityHeaders(string path)
    {
        await using var influx = await FakeInflux.StartAsync();
        await using var viewer = await ViewerFixture.StartAsync(influx.Port);
        using var answer = await viewer.Client.GetAsync(path, Cancel);
        Assert.Contains("default-src 'self'", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Equal("DENY", answer.Headers.GetValues("X-Frame-Options").Single());
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
    }

    [Fact]
    public async Task GrafanasApiWantsTheConfiguredAccount()
    {
        await using var influx = await FakeInflux.StartAsync();
        await using var viewer = await ViewerFixture.StartAsync(influx.Port);
        foreach (var path in (string[])["/api/datasources", "/api/datasources/name/x", "/api/dashboards/uid/x", "/api/search"])
        {
            viewer.Client.DefaultRequestHeaders.Authorization = null;
            Assert.Equal(HttpStatusCode.Unauthorized, (await viewer.Client.GetAsync(path, Cancel)).StatusCode);
            viewer.SignIn("wrong");
            Assert.Equal(HttpStatusCode.Unauthorized, (await viewer.Client.GetAsync(path, Cancel)).StatusCode);
            viewer.SignIn();
            Assert.NotEqual(HttpStatusCode.Unauthorized, (await viewer.Client.GetAsync(path, Cancel)).StatusCode);
        }
    }

    [Fact]
    public async Task ABodyThatIsTooLargeIsRefused()
    {
        await using var influx = await FakeInflux.StartAsync();
        await using var viewer = await ViewerFixture.StartAsync(influx.Port);
        viewer.SignIn();
        using var body = new StringContent("{\"a\":\"" + new string('x', Viewer.ViewerApplication.MaxBodyBytes) + "\"}", null, "application/json");
        using var answer = await viewer.Client.PostAsync("/api/dashboards/db", body, Cancel);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
    }
}
