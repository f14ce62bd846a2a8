using System.Text.Json.Nodes;

namespace Nbpy.Grafana.Tests.Api;

/// <summary>What nbpy sends to Grafana, and what the viewer answers in Grafana's place, against the description of Grafana's API.</summary>
public sealed class GrafanaApiTests
{
    /// <summary>What the viewer answers as Grafana does, and Grafana's description does not say. (Nor does it say that a dashboard's versions come in an
    /// object: it has them as a list, as Grafana answered before 11.)</summary>
    private static readonly string[] BeyondTheDescription =
    [
        "POST /dashboards/db: no property slug", // It describes the slug and calls it title; the viewer says both.
        $"GET /datasources/uid/{DataSource.Uid}/health: no property status", // It describes any answer with a message.
    ];

    private readonly GrafanaDescription description = GrafanaDescription.Read();
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task EveryRequestOfSetupIsOneThatGrafanaTakes()
    {
        await using var grafana = await FakeGrafana.StartAsync();
        await ProvisionedGrafanaTests.RunAsync(grafana, overwrite: false);
        grafana.Edit("betfair_stream");
        var second = await ProvisionedGrafanaTests.RunAsync(grafana, overwrite: false, force: true);
        Assert.Contains(second, r => r.Outcome == SetupOutcome.Kept);
        await ProvisionedGrafanaTests.RunAsync(grafana, overwrite: true);

        // All kinds of requests were made.
        foreach (var request in (string[])["GET /datasources/uid/", "POST /datasources", "PUT /datasources/uid/", "GET /dashboards/uid/", "POST /dashboards/db"])
            Assert.Contains(grafana.Requests, r => $"{r.Method} {r.Path}".StartsWith(request, StringComparison.Ordinal));
        Assert.Contains(grafana.Requests, r => r.Path.EndsWith("/versions", StringComparison.Ordinal));
        Assert.Equal([], grafana.Requests.SelectMany(description.ProblemsOf));
    }

    [Fact]
    public void TheAlertRulesAreOfGrafanasForm()
    {
        var group = AlertRules.ToJson(Configurations.Seven(8086))["groups"]![0]!.AsObject();

        // Grafana's files have "1m" for what its description calls a number of nanoseconds (https://github.com/grafana/grafana/issues/94936).
        group.Remove("interval");
        foreach (var rule in group["rules"]!.AsArray())
            rule!.AsObject().Remove("for");
        Assert.Equal([], description.ProblemsOf(group, description.Definition("AlertRuleGroupExport"), "group"));
    }

    [Fact]
    public async Task TheViewersAnswersAreOfGrafanasForm()
    {
        await using var influx = await FakeInflux.StartAsync();
        await using var viewer = await ViewerFixture.StartAsync(influx.Port);
        viewer.SignIn();
        var problems = new List<string>();
        async Task<JsonNode> AskAsync(HttpMethod method, string path, JsonNode? body = null)
        {
            using var request = new HttpRequestMessage(method, "/api" + path);
            if (body is not null)
                request.Content = new StringContent(body.ToJsonString(), null, "application/json");
            using var answer = await viewer.Client.SendAsync(request, Cancel);
            Assert.True(answer.IsSuccessStatusCode, $"{method} {path}: {answer.StatusCode}");
            var said = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancel))!;
            problems.AddRange(description.ProblemsOfAnswer(method.Method, path.Split('?')[0], said));
            return said;
        }
        var source = DataSource.ToJson(viewer.Config.InfluxDb);
        await AskAsync(HttpMethod.Get, "/health");
        await AskAsync(HttpMethod.Get, "/org");
        await AskAsync(HttpMethod.Get, "/folders");
        await AskAsync(HttpMethod.Get, "/folders/general");
        var id = (await AskAsync(HttpMethod.Post, "/datasources", source))["id"];
        await AskAsync(HttpMethod.Put, "/datasources/uid/" + DataSource.Uid, source);
        await AskAsync(HttpMethod.Get, "/datasources");
        await AskAsync(HttpMethod.Get, $"/datasources/{id}");
        await AskAsync(HttpMethod.Get, "/datasources/name/" + DataSource.Name);
        await AskAsync(HttpMethod.Get, "/datasources/uid/" + DataSource.Uid);
        await AskAsync(HttpMethod.Get, $"/datasources/uid/{DataSource.Uid}/health");
        await AskAsync(HttpMethod.Post, "/dashboards/db", new JsonObject { ["dashboard"] = Dashboards.All(viewer.Config)[0].ToJson(), ["overwrite"] = true });
        await AskAsync(HttpMethod.Get, "/dashboards/uid/kraken_tick_stream");
        await AskAsync(HttpMethod.Get, "/search?type=dash-db");
        await AskAsync(HttpMethod.Delete, "/dashboards/uid/kraken_tick_stream");
        await AskAsync(HttpMethod.Delete, "/datasources/uid/" + DataSource.Uid);
        Assert.Equal(BeyondTheDescription.Order(), problems.Order());
    }

    [Fact]
    public void ARequestThatIsNotAsDescribedIsFound()
    {
        foreach (var wrong in (RecordedRequest[])
        [
            new("POST", "/datasource", [], new JsonObject()),
            new("PATCH", "/dashboards/db", [], new JsonObject()),
            new("POST", "/dashboards/db", [], new JsonObject { ["overwrite"] = "yes" }),
            new("POST", "/dashboards/db", [], null),
            new("POST", "/datasources", [], new JsonObject { ["secret"] = "x" }),
            new("GET", "/dashboards/uid/x/versions", ["most"], null),
        ])
            Assert.Single(description.ProblemsOf(wrong));
    }

    [Fact]
    public void AnAlertRuleThatIsNotAsDescribedIsFound()
    {
        var rule = AlertRules.ForApi(Configurations.Seven(8086))[0];
        IEnumerable<string> With(string property, JsonNode? value)
        {
            var changed = rule.DeepClone().AsObject();
            if (value is null)
                changed.Remove(property);
            else
                changed[property] = value;
            return description.ProblemsOf(new RecordedRequest("POST", "/v1/provisioning/alert-rules", [], changed));
        }
        Assert.Empty(With("uid", "kraken_tick-silent"));
        Assert.Single(With("uid", "kraken tick"));
        Assert.Single(With("uid", new string('x', 41)));
        Assert.Single(With("noDataState", "Silent"));
        Assert.Single(With("condition", null));
    }
}
