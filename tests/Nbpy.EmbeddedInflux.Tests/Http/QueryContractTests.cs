using System.Text;


namespace Nbpy.EmbeddedInflux.Tests.Http;

/// <summary>The same statements on the same points, to the program and to the real influxd 1.6: the answers are the same to the letter.</summary>
public class QueryContractTests
{
    private const long Start = 1_600_000_000_000_000_000;
    private const string Range = "time >= 1600000000000000000 AND time < 1600000120000000000";

    private static readonly string[] Statements =
    [
        "SELECT * FROM tick",
        "SELECT bid FROM tick",
        "SELECT bid, pair FROM tick WHERE pair = 'BTC/USD'",
        "SELECT bid AS b, ask - bid FROM tick LIMIT 3",
        "SELECT bid + ask, bid / count FROM tick LIMIT 4 OFFSET 2",
        "SELECT bid FROM tick WHERE pair != 'BTC/USD' ORDER BY time DESC LIMIT 2",
        "SELECT bid FROM tick WHERE pair =~ /^BTC/ AND bid > 101.5",
        "SELECT bid FROM tick WHERE pair !~ /^BTC/",
        "SELECT note FROM tick WHERE note = 'n2'",
        "SELECT bid FROM tick WHERE ok = true",
        "SELECT bid FROM tick WHERE venue = ''",
        "SELECT bid FROM tick GROUP BY pair",
        "SELECT bid FROM tick GROUP BY * LIMIT 1",
        "SELECT count(bid) FROM tick",
        "SELECT count(*) FROM tick",
        "SELECT mean(bid), max(ask) FROM tick",
        "SELECT mean(*) FROM tick GROUP BY pair",
        "SELECT sum(bid), sum(count), min(bid), spread(bid) FROM tick",
        "SELECT first(bid) FROM tick",
        "SELECT last(bid) FROM tick GROUP BY pair",
        "SELECT max(bid) FROM tick",
        "SELECT min(ask) FROM tick GROUP BY pair",
        "SELECT last(bid), ask, note FROM tick",
        "SELECT first(note) FROM tick",
        "SELECT median(bid) FROM tick",
        "SELECT percentile(bid, 50) FROM tick",
        "SELECT count(distinct(count)) FROM tick",
        "SELECT mean(bid), mean(ask) AS a, mean(bid) FROM tick",
        "SELECT max(bid) - min(bid) FROM tick",
        "SELECT mean(ask) - mean(bid) FROM tick GROUP BY pair",
        $"SELECT count(bid), mean(ask) FROM tick WHERE {Range} GROUP BY time(10s), pair",
        $"SELECT mean(bid) FROM tick WHERE {Range} GROUP BY time(10s) fill(none)",
        $"SELECT mean(bid) FROM tick WHERE {Range} GROUP BY time(20s) fill(previous)",
        $"SELECT mean(bid) FROM tick WHERE {Range} GROUP BY time(20s) fill(0)",
        $"SELECT mean(bid) FROM tick WHERE {Range} GROUP BY time(20s) fill(linear)",
        $"SELECT count(bid) FROM tick WHERE {Range} GROUP BY time(30s)",
        $"SELECT count(bid) FROM tick WHERE {Range} GROUP BY time(30s, 10s)",
        $"SELECT first(bid), last(bid), max(bid), min(bid) FROM tick WHERE {Range} GROUP BY time(1m), pair",
        $"SELECT mean(bid) FROM tick WHERE {Range} GROUP BY time(30s) ORDER BY time DESC",
        $"SELECT mean(bid) FROM tick WHERE {Range} GROUP BY time(30s) LIMIT 2 OFFSET 1",
        "SELECT mean(bid) FROM tick WHERE time > '2020-09-13T12:26:40Z' AND time <= '2020-09-13 12:27:30' GROUP BY time(10s) fill(none)",
        "SELECT mean(bid) FROM tick WHERE time > now() - 1m",
        "SELECT bid FROM tick, other",
        "SELECT bid FROM /^(tick|other)$/ LIMIT 1",
        "SELECT bid FROM nothing",
        "SELECT nothing FROM tick",
        "SELECT bid FROM \"db\".\"autogen\".\"tick\" LIMIT 1",
        "SELECT bid FROM db..tick LIMIT 1; SELECT ask FROM tick LIMIT 1",
        "SELECT bid FROM nowhere..tick",
        "SELECT bid FROM nopolicy.tick",
        "SELECT mean(bid), ask FROM tick",
        "SELECT bid FROM tick GROUP BY time(10s)",
        "SHOW DATABASES",
        "SHOW RETENTION POLICIES ON db",
        "SHOW MEASUREMENTS",
        "SHOW MEASUREMENTS WITH MEASUREMENT =~ /^t/",
        "SHOW TAG KEYS",
        "SHOW TAG KEYS FROM tick",
        "SHOW FIELD KEYS FROM tick",
        "SHOW TAG VALUES WITH KEY = pair",
        "SHOW TAG VALUES FROM tick WITH KEY IN (pair, venue) WHERE pair = 'BTC/USD'",
        "SHOW SERIES",
        "SHOW SERIES FROM tick WHERE pair = 'ETH USD'",
    ];

    [Fact]
    public async Task Statements_are_answered_as_the_real_influxd_answers_them()
    {
        Assert.SkipWhen(ServerProcess.Influxd is null, "influxd is not on PATH");
        await using var real = await ServerProcess.StartAsync(influxd: true);
        await using var ours = await ServerProcess.StartAsync();
        foreach (var server in (ServerProcess[])[real, ours])
        {
            await server.QueryAsync("CREATE DATABASE db");
            Assert.Equal((204, ""), await server.WriteAsync("db=db", new StringContent(Points())));
        }

        var differences = new StringBuilder();
        foreach (var statement in Statements)
        {
            var expected = await real.QueryAsync(statement);
            var actual = await ours.QueryAsync(statement);
            if (expected != actual)
                differences.AppendLine(statement).AppendLine($"  influxd {expected.TrimEnd()}").AppendLine($"  ours    {actual.TrimEnd()}");
        }

        Assert.True(differences.Length == 0, differences.ToString());
    }

    internal static string Points()
    {
        var lines = new StringBuilder();
        for (var i = 0; i < 12; i++)
        {
            var pair = i % 3 == 0 ? "ETH\\ USD" : "BTC/USD";
            var time = Start + (i * 7_300_000_000L) + i;
            lines.Append($"tick,pair={pair}{(i % 4 == 0 ? ",venue=k" : "")} bid={100 + (i * 0.25)},count={i % 5}i");
            lines.Append(i % 2 == 0 ? $",ask={101 + (i * 0.5)},ok={(i % 4 == 0 ? "true" : "false")}" : $",note=\"n{i % 4}\"");
            lines.Append($" {time}\n");
        }

        return lines.Append("other,pair=X bid=5 1600000000000000005\n").ToString();
    }
}
