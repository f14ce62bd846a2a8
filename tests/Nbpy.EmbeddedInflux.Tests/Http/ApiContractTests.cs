using System.Globalization;
using System.Net.Http.Headers;
using System.Text;

namespace Nbpy.EmbeddedInflux.Tests.Http;

/// <summary>Requests, sent in order to the program and to the real influxd: status, type and body are the same to the letter.</summary>
public class ApiContractTests
{
    private const string Json = "application/json";

    // Method, path, Accept, body. "q:" stands for /query?db=db&q=, the rest is escaped; "&" begins more parameters.
    private static readonly (string Method, string Path, string Accept)[] Script =
    [
        // A GET that changes something is done, with a warning.
        ("GET", "q:CREATE DATABASE other", Json),
        ("GET", "q:CREATE DATABASE \"a b\" WITH DURATION 3d REPLICATION 1 SHARD DURATION 90m NAME \"p q\"", Json),
        ("GET", "q:CREATE RETENTION POLICY p ON other DURATION 2h REPLICATION 1 DEFAULT", Json),
        ("GET", "q:ALTER RETENTION POLICY p ON other DURATION 3w SHARD DURATION 25h", Json),
        ("GET", "q:DROP RETENTION POLICY p ON other", Json),
        ("GET", "q:CREATE USER u WITH PASSWORD 'secret'", Json),
        ("GET", "q:CREATE USER v WITH PASSWORD 'secret' WITH ALL PRIVILEGES", Json),
        ("GET", "q:SET PASSWORD FOR u = 'secret'", Json),
        ("GET", "q:GRANT READ ON other TO u", Json),
        ("GET", "q:GRANT ALL TO u", Json),
        ("GET", "q:REVOKE ALL PRIVILEGES FROM u", Json),
        ("GET", "q:REVOKE WRITE ON other FROM u", Json),
        ("GET", "q:DROP USER u; DROP USER v", Json),
        ("GET", "q:SELECT bid INTO copy FROM tick WHERE pair = 'BTC/USD' AND time > 0", Json),
        ("GET", "q:SELECT mean(bid) INTO \"other\".\"autogen\".:MEASUREMENT FROM /tick|other/ WHERE time > '2020-09-13T12:26:40Z' AND time < '2020-09-13T12:28:00Z' GROUP BY time(10s), pair fill(0)", Json),
        ("GET", "q:DELETE FROM copy WHERE pair = 'BTC/USD' AND time < '2001-01-01T00:00:00Z'", Json),
        ("GET", "q:DROP SERIES FROM copy WHERE venue =~ /k\\/x/", Json),
        ("GET", "q:DROP MEASUREMENT copy", Json),
        ("GET", "q:DROP DATABASE \"a b\"", Json),
        ("POST", "q:CREATE DATABASE other", Json),

        // Continuous queries.
        ("POST", "q:CREATE CONTINUOUS QUERY one ON db BEGIN SELECT mean(bid) INTO ticks FROM tick GROUP BY time(1m) END", Json),
        ("POST", "q:CREATE CONTINUOUS QUERY \"two too\" ON db RESAMPLE EVERY 30s FOR 120m BEGIN SELECT first(bid) AS open, max(bid) AS high, min(bid) AS low, last(bid) AS close INTO \"other\".\"autogen\".\"tick 1m\" FROM \"db\".\"autogen\".tick WHERE pair != '' GROUP BY time(1m), * END", Json),
        ("GET", "q:CREATE CONTINUOUS QUERY three ON db RESAMPLE FOR 1d BEGIN SELECT count(/bid/) INTO other.autogen.:MEASUREMENT FROM /tick|other/ GROUP BY time(1h, 5m), pair fill(none) END", Json),
        ("POST", "q:CREATE CONTINUOUS QUERY four ON db RESAMPLE EVERY 1h BEGIN SELECT max(bid) * 2 - 1.5 AS m INTO x FROM tick WHERE bid > 1 AND note = 'it\\'s' GROUP BY time(90s) END", Json),
        ("POST", "q:SHOW CONTINUOUS QUERIES", Json),
        ("POST", "q:CREATE CONTINUOUS QUERY one ON db BEGIN SELECT mean(bid) INTO ticks FROM tick GROUP BY time(1m) END", Json),
        ("POST", "q:CREATE CONTINUOUS QUERY one ON db BEGIN SELECT max(bid) INTO ticks FROM tick GROUP BY time(1m) END", Json),
        ("POST", "q:CREATE CONTINUOUS QUERY no ON nowhere BEGIN SELECT max(bid) INTO ticks FROM tick GROUP BY time(1m) END", Json),
        ("POST", "q:CREATE CONTINUOUS QUERY no ON db BEGIN SELECT max(bid) INTO ticks FROM tick END", Json),
        ("POST", "q:CREATE CONTINUOUS QUERY no ON db BEGIN SELECT max(bid) FROM tick GROUP BY time(1m) END", Json),
        ("POST", "q:CREATE CONTINUOUS QUERY no ON db BEGIN SELECT max(bid) INTO t FROM tick GROUP BY time(1m)", Json),
        ("POST", "q:CREATE CONTINUOUS QUERY no ON db RESAMPLE BEGIN SELECT max(bid) INTO t FROM tick GROUP BY time(1m) END", Json),
        ("POST", "q:CREATE CONTINUOUS QUERY no ON db RESAMPLE FOR 10s BEGIN SELECT max(bid) INTO t FROM tick GROUP BY time(1m) END", Json),
        ("POST", "q:CREATE CONTINUOUS QUERY no ON db RESAMPLE EVERY 1h FOR 30m BEGIN SELECT max(bid) INTO t FROM tick GROUP BY time(1m) END", Json),
        ("POST", "q:CREATE CONTINUOUS QUERY no db", Json),
        ("POST", "q:DROP CONTINUOUS QUERY one ON db", Json),
        ("GET", "q:DROP CONTINUOUS QUERY \"two too\" ON db", Json),
        ("POST", "q:DROP CONTINUOUS QUERY x ON nowhere", Json),
        ("POST", "q:DROP CONTINUOUS QUERY x", Json),
        ("POST", "q:SHOW CONTINUOUS QUERIES", Json),
        ("POST", "q:DROP CONTINUOUS QUERY three ON db; DROP CONTINUOUS QUERY four ON db", Json),

        // Formats.
        ("GET", "q:SELECT * FROM tick", "application/csv"),
        ("GET", "q:SELECT * FROM tick", "text/csv"),
        ("GET", "q:SELECT bid, ask FROM tick GROUP BY pair, venue", "text/csv"),
        ("GET", "q:SELECT bid FROM tick LIMIT 2; SELECT ask, note FROM tick LIMIT 2; SELECT x FROM tick; SHOW TAG KEYS", "text/csv"),
        ("GET", "q:SELECT mean(bid) FROM tick; SELECT mean(bid) FROM nowhere..tick", "text/csv"),
        ("GET", "q:SELECT FROM", "text/csv"),
        ("GET", "q:SHOW DATABASES", "text/csv"),
        ("GET", "q:SELECT bid FROM tick&epoch=s", "text/csv"),
        ("GET", "q:SELECT bid, bid / 3 FROM tick&epoch=ms", "application/csv"),
        ("GET", "q:SELECT * FROM tick", "application/x-msgpack"),
        ("GET", "q:SELECT * FROM tick&epoch=ns", "application/x-msgpack"),
        ("GET", "q:SELECT bid FROM tick GROUP BY pair", "application/x-msgpack"),
        ("GET", "q:SELECT count(*) FROM tick; SELECT x FROM nowhere..y", "application/x-msgpack"),
        ("GET", "q:CREATE DATABASE db", "application/x-msgpack"),
        ("GET", "q:SELECT bid * 1000000, \"count\" * -200 FROM tick&epoch=s", "application/x-msgpack"),
        ("GET", "q:SELECT FROM", "application/x-msgpack"),
        ("GET", "q:SHOW DATABASES", "text/html"),
        ("GET", "q:SHOW DATABASES&pretty=true", Json),
        ("GET", "q:CREATE DATABASE db&pretty=true", Json),
        ("GET", "q:SELECT FROM&pretty=true", Json),

        // Chunks.
        ("GET", "q:SELECT bid FROM tick&chunked=true&chunk_size=5", Json),
        ("GET", "q:SELECT bid FROM tick GROUP BY pair&chunked=true&chunk_size=3", Json),
        ("GET", "q:SELECT bid FROM tick GROUP BY pair&chunked=true", Json),
        ("GET", "q:SELECT mean(bid) FROM tick; SELECT x FROM tick; SELECT bid FROM tick LIMIT 4&chunked=true&chunk_size=2", Json),
        ("GET", "q:SELECT mean(bid) FROM tick&chunked=true&chunk_size=0", Json),
        ("GET", "q:SHOW DATABASES&chunked=true&chunk_size=1", Json),
        ("GET", "q:SHOW TAG VALUES WITH KEY = pair&chunked=true&chunk_size=1", Json),
        ("GET", "q:SHOW SERIES&chunked=true&chunk_size=1", Json),
        ("GET", "q:SELECT bid FROM tick&chunked=true&chunk_size=5", "text/csv"),
        ("GET", "q:SELECT bid FROM tick&chunked=true&chunk_size=7", "application/x-msgpack"),

        // Parameters.
        ("GET", "q:SELECT bid FROM tick WHERE pair = $pair AND bid > $least&params={\"pair\":\"BTC/USD\",\"least\":101.5}", Json),
        ("GET", "q:SELECT bid FROM tick WHERE \"count\" = $n AND ok = $yes&params={\"n\":4,\"yes\":true}", Json),
        ("GET", "q:SELECT bid FROM tick WHERE pair = $pair", Json),
        ("GET", "q:SELECT bid FROM tick WHERE pair = $pair&params={\"pair\":null}", Json),
        ("GET", "q:SELECT $f FROM $m WHERE $t = $pair LIMIT $n&params={\"f\":{\"identifier\":\"bid\"},\"m\":{\"ident\":\"tick\"},\"t\":{\"identifier\":\"pair\"},\"pair\":{\"string\":\"BTC/USD\"},\"n\":{\"integer\":2}}", Json),
        ("GET", "q:SELECT $call(bid) FROM tick GROUP BY $t&params={\"call\":{\"identifier\":\"max\"},\"t\":{\"identifier\":\"pair\"}}", Json),
        ("GET", "q:SELECT bid FROM tick WHERE pair =~ $r&params={\"r\":{\"regex\":\"^BTC\"}}", Json),
        ("GET", "q:SELECT bid FROM $r WHERE pair =~ $r&params={\"r\":{\"regex\":\"i[ck]\"}}", Json),
        ("GET", "q:SELECT bid FROM tick WHERE pair =~ $r&params={\"r\":{\"regex\":\"^BTC[\"}}", Json),
        ("GET", "q:SELECT bid FROM tick WHERE pair =~ $r&params={\"r\":\"^BTC\"}", Json),
        ("GET", "q:SELECT bid FROM $m&params={\"m\":\"tick\"}", Json),
        ("GET", "q:SELECT bid FROM tick LIMIT $n&params={\"n\":1.5}", Json),
        ("GET", "q:SELECT bid FROM tick WHERE \"count\" = $&params={}", Json),
        ("GET", "q:SELECT bid FROM tick WHERE \"count\" = $\"two words\"&params={\"two words\":4}", Json),
        ("GET", "q:SELECT mean(bid) FROM tick WHERE time > 0 AND time < $d GROUP BY time($d)&params={\"d\":{\"duration\":\"1w\"}}", Json),
        ("GET", "q:SELECT mean(bid) FROM tick WHERE time > 0 AND time < 2m GROUP BY time($d)&params={\"d\":{\"duration\":\"soon\"}}", Json),
        ("GET", "q:SELECT mean(bid) FROM tick WHERE time > 0 AND time < 2m GROUP BY time($d)&params={\"d\":{\"duration\":60000000000}}", Json),
        ("GET", "q:SELECT bid FROM tick LIMIT 1 tz($zone)&params={\"zone\":\"Europe/Berlin\"}", Json),
        ("POST", "q:CREATE USER $u WITH PASSWORD $p&params={\"u\":{\"identifier\":\"joe\"},\"p\":\"secret\"}", Json),
        ("POST", "q:DROP USER $u&params={\"u\":{\"identifier\":\"joe\"}}", Json),
        ("GET", "q:SELECT bid FROM tick WHERE pair = $x&params={\"x\":[1]}", Json),
        ("GET", "q:SELECT bid FROM tick WHERE pair = $x&params={\"x\":{}}", Json),
        ("GET", "q:SELECT bid FROM tick WHERE pair = $x&params={\"x\":{\"string\":\"a\",\"float\":1.5}}", Json),
        ("GET", "q:SELECT bid FROM tick WHERE pair = $x&params={\"x\":{\"boolean\":true}}", Json),
        ("GET", "q:SELECT bid FROM tick WHERE pair = $x&params={\"x\":{\"string\":1}}", Json),
        ("GET", "q:SELECT bid FROM tick WHERE bid = $x&params={\"x\":{\"float\":\"y\"}}", Json),
        ("GET", "q:SELECT bid FROM tick WHERE bid = $x&params={\"x\":{\"integer\":2.5}}", Json),
        ("GET", "q:SELECT bid FROM tick WHERE pair = $x&params={\"x\":{\"identifier\":1}}", Json),
        ("GET", "q:SELECT bid FROM tick WHERE pair =~ $x&params={\"x\":{\"regex\":1}}", Json),
        ("GET", "q:SELECT bid FROM tick WHERE bid = $x&params={\"x\":1e3}", Json),
        ("GET", "q:SELECT bid FROM tick WHERE bid > $x&params={\"x\":99999999999999999999}", Json),
        ("GET", "q:SELECT bid FROM tick WHERE bid > $x&params={\"x\":-1} and more", Json),
        ("GET", "q:SELECT bid FROM tick WHERE bid > $x&params=null", Json),
        ("GET", "q:SELECT bid FROM tick WHERE bid > $x&params=[1]", Json),
        ("GET", "q:SELECT bid FROM tick WHERE bid > $x&params=\"x\"", Json),

        // What is wrong.
        ("GET", "/query", Json),
        ("GET", "/query?q=", Json),
        ("GET", "q:SELECT bid FROM", Json),
        ("POST", "/write", Json),
        ("POST", "/write?db=nowhere", Json),
        ("GET", "/nothing", Json),
        ("GET", "q:KILL QUERY 100000", Json),
        ("GET", "q:KILL QUERY x", Json),
        ("HEAD", "/ping", Json),
        ("GET", "/status", Json),
    ];

    [Fact]
    public async Task Requests_are_answered_as_the_real_influxd_answers_them()
    {
        Assert.SkipWhen(ServerProcess.Influxd is null, "influxd is not on PATH");
        await using var real = await ServerProcess.StartAsync(influxd: true);
        await using var ours = await ServerProcess.StartAsync();
        foreach (var server in (ServerProcess[])[real, ours])
        {
            await server.QueryAsync("CREATE DATABASE db");
            Assert.Equal((204, ""), await server.WriteAsync("db=db", new StringContent(QueryContractTests.Points())));
        }

        var differences = new StringBuilder();
        foreach (var (method, path, accept) in Script)
        {
            var expected = await AskAsync(real, method, path, accept);
            // 1.8 names the type that was asked for; 1.6 says text/csv always.
            if (accept == "application/csv")
                expected = expected.Replace("200 text/csv", "200 application/csv", StringComparison.Ordinal);
            var actual = await AskAsync(ours, method, path, accept);
            if (expected != actual)
                differences.AppendLine(CultureInfo.InvariantCulture, $"{method} {path} ({accept})").AppendLine("  influxd " + expected).AppendLine("  ours    " + actual);
        }

        Assert.True(differences.Length == 0, differences.ToString());
    }

    [Fact]
    public async Task The_2x_write_path_takes_a_bucket_a_precision_and_a_token()
    {
        await using var server = await ServerProcess.StartAsync(auth: true);
        await server.QueryAsync("CREATE USER root WITH PASSWORD 'root' WITH ALL PRIVILEGES");
        server.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Token", "root:root");
        await server.QueryAsync("CREATE DATABASE db; CREATE RETENTION POLICY p ON db DURATION 0s REPLICATION 1");
        Assert.Equal(204, await WriteAsync("bucket=db/p&precision=s", "m v=1 1600000000"));
        Assert.Equal(204, await WriteAsync("bucket=db", "m v=2 1600000000000000000"));
        Assert.Equal(400, await WriteAsync("bucket=db&precision=h", "m v=2 1"));
        Assert.Equal(404, await WriteAsync("bucket=", "m v=2 1"));
        Assert.Equal(404, await WriteAsync("bucket=/p", "m v=2 1"));
        Assert.Contains("""[1600000000000000000,1]""", await server.QueryAsync("SELECT v FROM p.m"), StringComparison.Ordinal);
        Assert.Contains("""[1600000000000000000,2]""", await server.QueryAsync("SELECT v FROM m"), StringComparison.Ordinal);
        server.Http.DefaultRequestHeaders.Authorization = null;
        Assert.Equal(401, await WriteAsync("bucket=db", "m v=2 1"));

        async Task<int> WriteAsync(string query, string lines)
        {
            using var response = await server.Http.PostAsync("/api/v2/write?" + query, new StringContent(lines));
            return (int)response.StatusCode;
        }
    }

    [Fact]
    public async Task Limits_are_kept()
    {
        await using var server = await ServerProcess.StartAsync(arguments: ["--max-row-limit", "3", "--max-body-size", "2000"]);
        await server.QueryAsync("CREATE DATABASE db");
        Assert.Equal((204, ""), await server.WriteAsync("db=db", new StringContent(QueryContractTests.Points())));
        Assert.Equal(413, (await server.WriteAsync("db=db", new StringContent(new string('#', 2001)))).Status);
        var answer = await server.QueryAsync("SELECT bid FROM tick");
        Assert.Contains("\"partial\":true", answer, StringComparison.Ordinal);
        Assert.Equal(3, answer.Split("],[").Length);
        Assert.DoesNotContain("partial", await server.QueryAsync("SELECT bid FROM tick LIMIT 2"), StringComparison.Ordinal);
        Assert.Contains("\"httpd\"", await server.Http.GetStringAsync("/debug/vars", TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Contains("SHOW QUERIES", await server.QueryAsync("SHOW QUERIES"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_select_over_its_limits_is_refused_and_one_without_a_begin_reads_the_last_intervals()
    {
        await using var server = await ServerProcess.StartAsync(
            arguments: ["--max-select-series", "2", "--max-select-buckets", "5", "--max-select-point", "6"]);
        await server.QueryAsync("CREATE DATABASE db");
        string[] lines =
        [
            "two,host=a v=1 0", "two,host=b v=1 0", "three,host=a v=1 0", "three,host=b v=1 0", "three,host=c v=1 0",
            .. Enumerable.Range(0, 7).Select(i => FormattableString.Invariant($"many v={i} {i}")),
            "gaps v=1 60000000000", "gaps v=3 120000000000", "gaps v=5 361000000000",
        ];
        Assert.Equal((204, ""), await server.WriteAsync("db=db", new StringContent(string.Join('\n', lines))));
        Assert.DoesNotContain("error", await server.QueryAsync("SELECT count(v) FROM two"), StringComparison.Ordinal);
        Assert.Contains("max-select-series limit exceeded: (3/2)", await server.QueryAsync("SELECT count(v) FROM three"), StringComparison.Ordinal);
        Assert.DoesNotContain("error", await server.QueryAsync("SELECT count(v) FROM three WHERE host != 'c'"), StringComparison.Ordinal);
        Assert.Contains("max-select-point limit exceeed: (7/6)", await server.QueryAsync("SELECT v FROM many"), StringComparison.Ordinal);
        Assert.Contains(
            "max-select-buckets limit exceeded: (7/5)",
            await server.QueryAsync("SELECT mean(v) FROM gaps WHERE time >= 0 AND time < 7m GROUP BY time(1m)"), StringComparison.Ordinal);
        Assert.Contains(
            "\"values\":[[120000000000,3],[180000000000,null],[240000000000,null],[300000000000,null],[360000000000,5]]",
            await server.QueryAsync("SELECT mean(v) FROM gaps WHERE time < 7m GROUP BY time(1m)"), StringComparison.Ordinal);
    }

    private static async Task<string> AskAsync(ServerProcess server, string method, string path, string accept)
    {
        if (path.StartsWith("q:", StringComparison.Ordinal))
        {
            var more = path.IndexOf('&', StringComparison.Ordinal);
            path = "/query?db=db&q=" + Uri.EscapeDataString(path[2..(more < 0 ? path.Length : more)]) + (more < 0 ? "" : path[more..]);
        }

        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.Accept.ParseAdd(accept);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        HttpResponseMessage response;
        try
        {
            response = await server.Http.SendAsync(request, limit.Token);
        }
        catch (OperationCanceledException)
        {
            return "no answer";
        }

        using var _ = response;
        var bytes = await response.Content.ReadAsByteArrayAsync(limit.Token);
        var body = accept.Contains("msgpack", StringComparison.Ordinal) ? MessagePackText.Of(bytes) : Encoding.UTF8.GetString(bytes);
        return $"{(int)response.StatusCode} {response.Content.Headers.ContentType} {body}";
    }
}
