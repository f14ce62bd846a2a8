using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Nbpy.Grafana.Tests;

/// <summary>Every question of every dashboard, asked of a real store over real data.</summary>
public sealed class PanelQueryTests
{
    private const string Older = "time < ${__to}ms";
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
                // Of the user's own measurement two fields are no numbers: their means are empty, and no error.
                var empty = title is "sky" or "rain" && query.Contains("::float", StringComparison.Ordinal);
                if (empty ? answer["error"] is not null || answer["series"] is not null : answer["series"] is not JsonArray { Count: > 0 })
                    problems.Add($"{dashboard.Uid} / {title}: {Fill(query)}: {answer.ToJsonString()}");
            }
        }
        Assert.True(problems.Count == 0, string.Join('\n', problems));
    }

    // What Grafana puts in for its variables: All is every value, as a regular expression. The range is one in which the question has something
    // to answer: what is downsampled is asked for beyond the newest hours, and in their place where the ticks have gone.
    private static string Fill(string query)
    {
        var to = DateTimeOffset.UtcNow;
        var from = to.AddMinutes(-20);
        if (query.StartsWith("SELECT ", StringComparison.Ordinal) && !query.Contains("(SELECT", StringComparison.Ordinal))
        {
            if (query.Contains("now() - 30d", StringComparison.Ordinal))
                (from, to) = (to.AddDays(-32), to.AddDays(-31));
            else if (query.Contains(Older, StringComparison.Ordinal))
                from = to.AddHours(-8);
        }
        query = query.Replace("$timeFilter", FormattableString.Invariant($"time >= {from.ToUnixTimeMilliseconds()}ms AND time <= {to.ToUnixTimeMilliseconds()}ms"), StringComparison.Ordinal)
            .Replace("${__to}", FormattableString.Invariant($"{to.ToUnixTimeMilliseconds()}"), StringComparison.Ordinal)
            .Replace("$__interval_ms", "10000", StringComparison.Ordinal).Replace("$__interval", "10s", StringComparison.Ordinal).Replace("'$source'", "'simulated'", StringComparison.Ordinal)
            .Replace("/^$order/", "/^/", StringComparison.Ordinal).Replace("$interval", "30s", StringComparison.Ordinal).Replace("'$pair'", "'XBT/USD'", StringComparison.Ordinal)
            .Replace("'$instrument'", "'EUR_USD'", StringComparison.Ordinal).Replace("'$market_id'", "'1.234'", StringComparison.Ordinal)
            .Replace("'$station'", "'Delft'", StringComparison.Ordinal);
        return Regex.Replace(query, @"/\^\$\w+\$/", @"/^(simulated|XBT\/USD|EUR_USD|470\d|bitcoin|kraken-tick|oanda-tick|kraken-tick-influxdb|oanda-tick-influxdb)$/");
    }
}
