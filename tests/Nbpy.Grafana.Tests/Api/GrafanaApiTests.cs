using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Nbpy.Grafana.Tests.Api;

/// <summary>What nbpy sends to Grafana, and what the viewer answers in Grafana's place, against the description of Grafana's API: this project's
/// own, and Grafana's (a file that NBPY_GRAFANA_OPENAPI names, or the one in the pinned image where it is on this machine).</summary>
public sealed class GrafanaApiTests
{
    private const string Image = "grafana/grafana:11.6.0";
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("own")]
    [InlineData("grafana")]
    public async Task EveryRequestOfSetupIsOneThatGrafanaTakes(string which)
    {
        var description = await DescriptionAsync(which);
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

    [Theory]
    [InlineData("own")]
    [InlineData("grafana")]
    public async Task TheAlertRulesAreOfGrafanasForm(string which)
    {
        var description = await DescriptionAsync(which);
        var group = AlertRules.ToJson(Configurations.Seven(8086))["groups"]![0]!.AsObject();
        if (which == "grafana")
        {
            // Its description says integer for what its files write as "1m", and forbids members in a query's model, which is free.
            group.Remove("interval");
            foreach (var rule in group["rules"]!.AsArray())
                rule!.AsObject().Remove("for");
        }
        Assert.Equal([], description.ProblemsOf(group, description.Definition("AlertRuleGroupExport")!, "group"));
    }

    [Theory]
    [InlineData("own")]
    [InlineData("grafana")]
    public async Task TheViewersAnswersAreOfGrafanasForm(string which)
    {
        var description = await DescriptionAsync(which);
        await using var influx = await FakeInflux.StartAsync();
        await using var viewer = await ViewerFixture.StartAsync(influx.Port);
        viewer.SignIn();
        var problems = new List<string>();
        async Task AskAsync(HttpMethod method, string path, JsonNode? body = null)
        {
            using var request = new HttpRequestMessage(method, "/api" + path);
            if (body is not null)
                request.Content = new StringContent(body.ToJsonString(), null, "application/json");
            using var answer = await viewer.Client.SendAsync(request, Cancel);
            Assert.True(answer.IsSuccessStatusCode, $"{method} {path}: {answer.StatusCode}");
            problems.AddRange(description.ProblemsOfAnswer(method.Method.ToLowerInvariant(), path, JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancel))));
        }
        var source = DataSource.ToJson(viewer.Config.InfluxDb);
        await AskAsync(HttpMethod.Post, "/datasources", source);
        await AskAsync(HttpMethod.Put, "/datasources/uid/" + DataSource.Uid, source);
        await AskAsync(HttpMethod.Get, "/datasources");
        await AskAsync(HttpMethod.Get, "/datasources/uid/" + DataSource.Uid);
        await AskAsync(HttpMethod.Post, "/dashboards/db", new JsonObject { ["dashboard"] = Dashboards.All(viewer.Config)[0].ToJson(), ["overwrite"] = true });
        await AskAsync(HttpMethod.Get, "/dashboards/uid/kraken_tick_stream");
        await AskAsync(HttpMethod.Get, "/search");

        // Grafana says slug; its description calls it title. The viewer says both.
        Assert.Equal([], problems.Where(p => p != "post /dashboards/db: no property slug"));
    }

    [Fact]
    public async Task TheOwnDescriptionSaysNothingThatGrafanasDoesNot()
    {
        var theirs = await DescriptionAsync("grafana");
        var own = GrafanaDescription.Own();
        var problems = new List<string>();
        foreach (var (path, operations) in own.Paths)
        {
            foreach (var (method, operation) in operations!.AsObject())
            {
                if (theirs.Paths[path]?[method] is not JsonObject other)
                    problems.Add($"{method} {path}");
                else if ((own.BodyOf(operation!.AsObject()) is null) != (theirs.BodyOf(other) is null))
                    problems.Add($"{method} {path}: body");
                else
                    problems.AddRange(GrafanaDescription.QueryOf(operation.AsObject()).Except(GrafanaDescription.QueryOf(other)).Select(q => $"{method} {path}: {q}"));
            }
        }
        foreach (var name in (string[])["AddDataSourceCommand", "UpdateDataSourceCommand", "SaveDashboardCommand", "DataSource", "CreateFolderCommand", "ProvisionedAlertRule", "DashboardMeta", "Hit", "AlertRuleGroupExport", "AlertRuleExport", "AlertQueryExport", "RelativeTimeRangeExport"])
        {
            foreach (var (property, schema) in own.Definition(name)!["properties"]!.AsObject())
            {
                var other = theirs.Definition(name)?["properties"]?[property];
                var type = (other?["type"] ?? (other?["$ref"] is { } reference ? theirs.Definition(reference.ToString().Split('/')[^1])?["type"] : null))?.ToString();
                var said = schema!["type"]?.ToString() ?? "object";
                if (type != (said == "duration" ? "integer" : said))
                    problems.Add($"{name}.{property}: {type ?? "nothing"} there, {said} here");
            }
        }
        Assert.Equal([], problems);
    }

    [Fact]
    public void ARequestThatIsNotAsDescribedIsFound()
    {
        var own = GrafanaDescription.Own();
        Assert.Single(own.ProblemsOf(new RecordedRequest("POST", "/datasource", [], new JsonObject())));
        Assert.Single(own.ProblemsOf(new RecordedRequest("PATCH", "/dashboards/db", [], new JsonObject())));
        Assert.Single(own.ProblemsOf(new RecordedRequest("POST", "/dashboards/db", [], new JsonObject { ["overwrite"] = "yes" })));
        Assert.Single(own.ProblemsOf(new RecordedRequest("POST", "/datasources", [], new JsonObject { ["secret"] = "x" })));
        Assert.Single(own.ProblemsOf(new RecordedRequest("GET", "/dashboards/uid/x/versions", ["most"], null)));
    }

    private static async Task<GrafanaDescription> DescriptionAsync(string which)
    {
        if (which == "own")
            return GrafanaDescription.Own();
        if (Environment.GetEnvironmentVariable("NBPY_GRAFANA_OPENAPI") is { Length: > 0 } named)
            return GrafanaDescription.Read(named);
        var copy = Path.Combine(Path.GetTempPath(), $"nbpy-grafana-api-{Guid.NewGuid():N}.json");
        try
        {
            // Never pulled here: the image is there or it is not.
            Assert.SkipUnless(
                await RunAsync("docker", "image", "inspect", Image) is not null,
                $"Grafana's own description is not here: no image {Image}, and NBPY_GRAFANA_OPENAPI names no file.");
            var text = await RunAsync("docker", "run", "--rm", "--network", "none", "--entrypoint", "cat", Image, "/usr/share/grafana/public/api-merged.json");
            Assert.NotNull(text);
            await File.WriteAllTextAsync(copy, text, Cancel);
            return GrafanaDescription.Read(copy);
        }
        finally
        {
            File.Delete(copy);
        }
    }

    private static async Task<string?> RunAsync(string program, params string[] arguments)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var error = process.StandardError.ReadToEndAsync(limit.Token);
            var output = await process.StandardOutput.ReadToEndAsync(limit.Token);
            await error;
            await process.WaitForExitAsync(limit.Token);
            return process.ExitCode == 0 ? output : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null; // No docker here.
        }
    }
}
