using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Grafana.Tests;

public sealed class RealInfluxTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task EveryPanelsQueryAndVariableReturnsRowsAndTheViewerShowsThem()
    {
        await using var influx = await RealInflux.StartOrSkipAsync(Cancel);
        await using var viewer = await ViewerFixture.StartAsync(influx.Port);
        await influx.QueryAsync("CREATE DATABASE tick; CREATE RETENTION POLICY \"default\" ON tick DURATION 30d REPLICATION 1 DEFAULT; CREATE RETENTION POLICY high_frequency ON tick DURATION 7d REPLICATION 1", Cancel);
        foreach (var m in viewer.Config.InfluxDb.Measurements.Values)
            await influx.WriteAsync(Line(m), Cancel);
        // The user's own measurement lives in another policy than the default.
        await influx.QueryAsync("SELECT * INTO tick.high_frequency.weather FROM tick.\"default\".weather GROUP BY *", Cancel);

        foreach (var dashboard in Dashboards.All(viewer.Config))
        {
            foreach (var query in dashboard.Panels.Select(p => p.Query).Concat(dashboard.Variables.Select(v => v.Query)))
            {
                var answer = JsonNode.Parse(await influx.QueryAsync(Fill(query), Cancel))!["results"]![0]!;
                Assert.True(answer["series"] is JsonArray { Count: > 0 }, $"{dashboard.Uid}: {query}: {answer.ToJsonString()}");
            }
        }
        foreach (var m in viewer.Config.InfluxDb.Measurements.Keys)
        {
            foreach (var path in (string[])["latest", "series"])
            {
                var answer = JsonNode.Parse(await viewer.Client.GetStringAsync($"/api/viewer/{path}?measurement={m}&tag.source=simulated", Cancel))!;
                Assert.Equal("simulated", Assert.Single(answer["series"]!.AsArray())!["tags"]!["source"]!.ToString());
            }
        }
    }

    private static string Line(MeasurementConfig m) =>
        $"{m.Name},{string.Join(',', m.Tags.Select(t => t + "=1"))},source=simulated "
        + string.Join(',', m.Fields.Select(f => f is "order_id" or "author" or "location" ? f + "=\"x\"" : f + "=1.5"));

    // What Grafana puts in for its variables.
    private static string Fill(string query)
    {
        query = query.Replace("$timeFilter", "time > now() - 15m", StringComparison.Ordinal).Replace("$__interval", "10s", StringComparison.Ordinal)
            .Replace("'$source'", "'simulated'", StringComparison.Ordinal);
        return Regex.Replace(query, @"'\$\w+'", "'1'");
    }
}
