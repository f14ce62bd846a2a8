using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Nbpy.Grafana.Tests;

/// <summary>Every question of every dashboard, asked of a real store over real data.</summary>
public sealed class PanelQueryTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("influxd")]
    [InlineData("embedded")]
    public async Task EveryPanelsQueryAndEveryVariableReturnsRows(string kind)
    {
        await using var store = await StoreProcess.StartOrSkipAsync(kind, Cancel);
        await SampleData.FillAsync(store, TimeSpan.FromMinutes(15), Cancel);
        var problems = new List<string>();
        foreach (var dashboard in Dashboards.All(Configurations.Seven(store.Port)))
        {
            var questions = dashboard.Panels.SelectMany(p => p.Targets.Select(t => (p.Title, t.Query)))
                .Concat(dashboard.Variables.OfType<QueryVariable>().Select(v => ("$" + v.Name, v.Query)))
                .Concat(dashboard.Annotations.Select(a => (a.Name, a.Query)));
            foreach (var (title, query) in questions)
            {
                var answer = JsonNode.Parse(await store.QueryAsync(Fill(query), Cancel))!["results"]![0]!;
                if (answer["series"] is not JsonArray { Count: > 0 })
                    problems.Add($"{dashboard.Uid} / {title}: {Fill(query)}: {answer.ToJsonString()}");
            }
        }
        Assert.True(problems.Count == 0, string.Join('\n', problems));
    }

    // What Grafana puts in for its variables: All is every value, as a regular expression.
    private static string Fill(string query)
    {
        query = query.Replace("$timeFilter", "time > now() - 20m", StringComparison.Ordinal).Replace("$__interval", "10s", StringComparison.Ordinal)
            .Replace("$interval", "30s", StringComparison.Ordinal).Replace("'$pair'", "'XBT/USD'", StringComparison.Ordinal)
            .Replace("'$instrument'", "'EUR_USD'", StringComparison.Ordinal).Replace("'$market_id'", "'1.234'", StringComparison.Ordinal)
            .Replace("'$station'", "'Delft'", StringComparison.Ordinal);
        return Regex.Replace(query, @"/\^\$\w+\$/", @"/^(simulated|XBT\/USD|EUR_USD|470\d|bitcoin|kraken-tick|oanda-tick|kraken-tick-influxdb|oanda-tick-influxdb)$/");
    }
}
