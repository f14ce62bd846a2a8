using System.Net;
using System.Text.Json.Nodes;
using Nbpy.Viewer.Store;

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

    [Theory]
    [InlineData("DROP DATABASE tick", HttpStatusCode.Forbidden)]
    [InlineData("SELECT * INTO other FROM kraken_tick", HttpStatusCode.Forbidden)]
    [InlineData(" ", HttpStatusCode.Forbidden)]
    [InlineData("SHOW FIELD KEYS", HttpStatusCode.OK)]
    public async Task OnlyWhatReadsReachesTheStore(string query, HttpStatusCode status)
    {
        await using var influx = await FakeInflux.StartAsync();
        await using var viewer = await ViewerFixture.StartAsync(influx.Port);
        using var answer = await AskAsync(viewer, query);
        Assert.Equal(status, answer.StatusCode);
        Assert.Equal(status == HttpStatusCode.OK ? 1 : 0, influx.Queries.Count);
    }

    [Fact]
    public async Task AForeignNameThatResolvesToThisMachineIsRefused()
    {
        await using var influx = await FakeInflux.StartAsync();
        await using var viewer = await ViewerFixture.StartAsync(influx.Port);
        foreach (var (host, status) in ((string, HttpStatusCode)[])[("evil.example", HttpStatusCode.Forbidden), ("localhost", HttpStatusCode.OK), ("[::1]:3000", HttpStatusCode.OK)])
        {
            viewer.Client.DefaultRequestHeaders.Host = host;
            Assert.Equal(status, (await AskAsync(viewer, "SHOW FIELD KEYS")).StatusCode);
        }
        Assert.Equal(2, influx.Queries.Count);
    }

    [Fact]
    public async Task AQueryThatTakesLongAndAnAnswerThatIsLargeAreNotCalledAStoreThatIsAway()
    {
        await using var influx = await FakeInflux.StartAsync();
        using var store = new StoreClient(Configurations.Seven(influx.Port), TimeSpan.FromMilliseconds(300));
        influx.Delay = TimeSpan.FromMinutes(1);
        var slow = await Assert.ThrowsAsync<StoreException>(() => store.ReadAsync("SHOW FIELD KEYS", "ms", Cancel));
        Assert.False(slow.Unreachable);
        Assert.Contains("shorter range", slow.Message, StringComparison.Ordinal);

        influx.Delay = TimeSpan.Zero;
        influx.Bytes = StoreClient.MaxAnswerBytes + 1;
        using var patient = new StoreClient(Configurations.Seven(influx.Port));
        var large = await Assert.ThrowsAsync<StoreException>(() => patient.ReadAsync("SHOW FIELD KEYS", "ms", Cancel));
        Assert.False(large.Unreachable);
        Assert.Contains("larger than 32 MB", large.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheOldAddressOfTheTopicsLeadsToTheOverview()
    {
        await using var influx = await FakeInflux.StartAsync();
        await using var viewer = await ViewerFixture.StartAsync(influx.Port);
        using var answer = await viewer.Client.GetAsync("/live", Cancel);
        Assert.Equal("/", answer.RequestMessage!.RequestUri!.AbsolutePath);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("{\"dashboards\":3}")]
    [InlineData("{")]
    public async Task AStateThatIsNoneIsPutAside(string text)
    {
        await using var influx = await FakeInflux.StartAsync();
        var config = Configurations.Seven(influx.Port);
        var folder = Directory.CreateDirectory(Path.Combine(config.System.DataDir, "viewer")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "grafana.json"), text, Cancel);
        await using var viewer = await ViewerFixture.StartAsync(config);
        Assert.Equal(9, JsonNode.Parse(await viewer.Client.GetStringAsync("/api/viewer/dashboards", Cancel))!.AsArray().Count);
        Assert.Equal(text, await File.ReadAllTextAsync(Path.Combine(folder, "grafana.json.broken"), Cancel));
    }

    private static async Task<HttpResponseMessage> AskAsync(ViewerFixture viewer, string query)
    {
        using var body = new StringContent(new JsonObject { ["q"] = query }.ToJsonString(), null, "application/json");
        return await viewer.Client.PostAsync("/api/viewer/query", body, Cancel);
    }

    [Fact]
    public async Task TheStoresPasswordGoesToTheStoreAndNeverToTheBrowser()
    {
        await using var influx = await FakeInflux.StartAsync();
        await using var viewer = await ViewerFixture.StartAsync(influx.Port);
        foreach (var path in (string[])["/", "/assets/main.js", "/api/viewer/topics", "/api/viewer/status", "/api/viewer/dashboards/kraken_tick_stream", "/api/health"])
            Assert.DoesNotContain("store-pw", await viewer.Client.GetStringAsync(path, Cancel), StringComparison.Ordinal);
        using var answer = await AskAsync(viewer, "SHOW FIELD KEYS");
        Assert.DoesNotContain("store-pw", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        Assert.StartsWith("Basic ", Assert.Single(influx.Authorizations), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AStoreThatIsDownIsSaidAndTheViewerStaysHealthy()
    {
        var influx = await FakeInflux.StartAsync();
        var port = influx.Port;
        await influx.DisposeAsync();
        await using var viewer = await ViewerFixture.StartAsync(port);
        using var latest = await AskAsync(viewer, "SHOW FIELD KEYS");
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
        using var answer = await AskAsync(viewer, "SHOW FIELD KEYS");
        Assert.Contains("database not found: tick", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/assets/heat.js")]
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
