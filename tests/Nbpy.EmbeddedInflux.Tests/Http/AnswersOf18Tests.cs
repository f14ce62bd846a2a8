using System.Text.Json;

namespace Nbpy.EmbeddedInflux.Tests.Http;

/// <summary>Where InfluxDB 1.8 answers otherwise than the 1.6 that the other contract tests run: what it answers, letter by letter. They run against a real
/// one as well where influxd on the PATH is a 1.8.</summary>
public sealed class AnswersOf18Tests
{
    private const string Points = "cpu,host=a v=1 1000000000\ncpu,host=b v=4 2000000000\ncpu,host=a v=3 3000000000\ncpu,host=b v=4 4000000000\ncpu,host=a v=2 65000000000\ncpu,host=b v=9 66000000000\nmem,host=a value=1 1\nmem,host=b value=1 1\nmem,host=c value=1 1";

    private static readonly (string Statement, string Answer)[] Statements =
    [
        ("SELECT top(v, 3) FROM cpu ORDER BY time DESC", """{"name":"cpu","columns":["time","top"],"values":[[66000000000,9],[4000000000,4],[2000000000,4]]}"""),
        ("SELECT top(v, host, 2) FROM cpu ORDER BY time DESC", """{"name":"cpu","columns":["time","top","host"],"values":[[66000000000,9,"b"],[3000000000,3,"a"]]}"""),
        ("SELECT bottom(v, 2) FROM cpu WHERE time > 0 AND time < 2m GROUP BY time(1m) ORDER BY time DESC", """{"name":"cpu","columns":["time","bottom"],"values":[[66000000000,9],[65000000000,2],[3000000000,3],[1000000000,1]]}"""),
        ("SHOW TAG VALUES FROM cpu WITH KEY = host WHERE value !~ /b/", """{"name":"cpu","columns":["key","value"],"values":[["host","a"]]}"""),
        ("SHOW TAG VALUES WITH KEY = host WHERE value = 'b'", """{"name":"mem","columns":["key","value"],"values":[["host","b"]]}"""),
        ("SHOW TAG VALUES FROM mem WITH KEY = host WHERE value != 'a' AND host != 'b'", """{"name":"mem","columns":["key","value"],"values":[["host","c"]]}"""),
    ];

    private static readonly (string Accept, string Type)[] Accepts =
    [
        ("application/json;q=0.5, text/csv", "text/csv"),
        ("text/csv;q=0, application/json", "application/json"),
        ("text/*", "text/csv"),
        ("application/*", "application/json"),
        ("application/x-msgpack;q=0.9,application/csv;q=0.8,text/html", "application/x-msgpack"),
        ("nonsense", "application/json"),
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Statements_are_answered_letter_by_letter(bool influxd)
    {
        await using var server = await StartAsync(influxd);
        foreach (var (statement, answer) in Statements)
            Assert.Equal((statement, $$$"""{"results":[{"statement_id":0,"series":[{{{answer}}}]}]}""" + "\n"), (statement, await server.QueryAsync(statement)));
    }

    private static readonly (string Statement, string[] Plan)[] Plans =
    [
        ("SELECT v FROM cpu", ["EXPRESSION: <nil>", "AUXILIARY FIELDS: v::float", "NUMBER OF SHARDS: 1", "NUMBER OF SERIES: 2"]),
        ("SELECT * FROM cpu WHERE host = 'a'", ["EXPRESSION: <nil>", "AUXILIARY FIELDS: host::tag, v::float", "NUMBER OF SHARDS: 1", "NUMBER OF SERIES: 1"]),
        ("SELECT max(v), host FROM cpu", ["EXPRESSION: max(v::float)", "AUXILIARY FIELDS: host::tag", "NUMBER OF SHARDS: 1", "NUMBER OF SERIES: 2"]),
        ("SELECT derivative(mean(v)) * 2 FROM cpu WHERE time > 0 AND time < 1m GROUP BY time(10s), host", ["EXPRESSION: mean(v::float)", "NUMBER OF SHARDS: 1", "NUMBER OF SERIES: 2"]),
        ("SELECT sum(x) FROM (SELECT percentile(v, 50) AS x FROM cpu GROUP BY host)", ["EXPRESSION: v::float", "NUMBER OF SHARDS: 1", "NUMBER OF SERIES: 2"]),
        ("SELECT nothing FROM cpu", [""]),
        ("SELECT v FROM nothing", [""]),
        ("SELECT v FROM cpu WHERE time > '2020-01-01T00:00:00Z'", [""]),
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Plans_are_those_that_it_would_make(bool influxd)
    {
        await using var server = await StartAsync(influxd);
        foreach (var (statement, plan) in Plans)
        {
            using var answer = JsonDocument.Parse(await server.QueryAsync("EXPLAIN " + statement));
            var lines = answer.RootElement.GetProperty("results")[0].GetProperty("series")[0].GetProperty("values").EnumerateArray().Select(l => l[0].GetString()!).ToList();
            // What follows is of files and their cache.
            Assert.Equal([statement, .. plan], lines.TakeWhile(l => !l.StartsWith("CACHED", StringComparison.Ordinal)).Prepend(statement));
        }

        Assert.Equal("""{"results":[{"statement_id":0,"error":"undefined function nothing()"}]}""" + "\n", await server.QueryAsync("EXPLAIN SELECT nothing(v) FROM cpu"));
        var analyzed = await server.QueryAsync("EXPLAIN ANALYZE SELECT mean(v) FROM cpu GROUP BY host");
        foreach (var part in (string[])["[\".\"],[\"└── select\"],[\"    ├── execution_time: ", "[\"    ├── planning_time: ", "[\"    ├── total_time: ", "[\"    └── build_cursor\"],[\"        ├── labels\"],[\"        │\u00a0\u00a0 └── statement: SELECT mean(v"])
            Assert.Contains(part, analyzed, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_format_that_is_liked_best_is_answered(bool influxd)
    {
        await using var server = await StartAsync(influxd);
        foreach (var (accept, type) in Accepts)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/query?q=SHOW+DATABASES");
            request.Headers.TryAddWithoutValidation("Accept", accept);
            using var response = await server.Http.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal((accept, type), (accept, response.Content.Headers.ContentType?.MediaType));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_precision_that_is_none_is_refused(bool influxd)
    {
        await using var server = await StartAsync(influxd);
        Assert.Equal((400, """{"error":"invalid precision \"us\" (use n, u, ms, s, m or h)"}""" + "\n"), await server.WriteAsync("db=db&precision=us", new StringContent("m v=1 1")));
        Assert.Equal((204, ""), await server.WriteAsync("db=db&precision=ns", new StringContent("m v=1 1")));
        using var v2 = await server.Http.PostAsync("/api/v2/write?bucket=db&precision=n", new StringContent("m v=1 1"), TestContext.Current.CancellationToken);
        Assert.Equal("""{"error":"invalid precision \"n\" (use ns, us, ms or s)"}""" + "\n", await v2.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private static async Task<ServerProcess> StartAsync(bool influxd)
    {
        Assert.SkipWhen(influxd && ServerProcess.Influxd is null, "influxd is not on PATH");
        var server = await ServerProcess.StartAsync(influxd);
        using var ping = await server.Http.GetAsync("/ping", TestContext.Current.CancellationToken);
        if (!ping.Headers.GetValues("X-Influxdb-Version").First().StartsWith("1.8", StringComparison.Ordinal))
        {
            await server.DisposeAsync();
            Assert.Skip("influxd is not a 1.8");
        }

        await server.QueryAsync("CREATE DATABASE db");
        Assert.Equal((204, ""), await server.WriteAsync("db=db", new StringContent(Points)));
        return server;
    }
}
