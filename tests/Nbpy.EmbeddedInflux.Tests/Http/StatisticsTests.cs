using System.Text.Json;

namespace Nbpy.EmbeddedInflux.Tests.Http;

/// <summary>SHOW STATS, SHOW DIAGNOSTICS and /debug/vars beside the real influxd's: what is there has its names, so that agents find it.</summary>
public sealed class StatisticsTests
{
    [Fact]
    public async Task Every_number_has_a_name_that_the_real_influxd_gives_one()
    {
        Assert.SkipWhen(ServerProcess.Influxd is null, "influxd is not on PATH");
        await using var real = await StartAsync(influxd: true);
        await using var ours = await StartAsync();
        foreach (var statement in (string[])["SHOW STATS", "SHOW STATS FOR 'write'", "SHOW STATS FOR 'database'"])
        {
            var theirs = (await SeriesAsync(real, statement)).ToLookup(s => s.Name, s => s.Columns);
            var own = await SeriesAsync(ours, statement);
            Assert.NotEmpty(own);
            // What only 1.8 has.
            Assert.All(own.Where(s => s.Name != "queryExecutor"), s => Assert.Empty(s.Columns.Except(theirs[s.Name].First()).Except(["promReadReq", "promWriteReq"])));
        }

        Assert.Equal(["runtime", "queryExecutor", "database", "shard", "write", "subscriber", "cq", "httpd"], (await SeriesAsync(ours, "SHOW STATS")).Select(s => s.Name));
        Assert.Equal([("write", 1L)], await ValuesAsync(ours, "SHOW STATS FOR 'write'", "writeOk"));
        Assert.Equal([("write", 2L)], await ValuesAsync(ours, "SHOW STATS FOR 'write'", "pointReq"));
        Assert.Empty(await SeriesAsync(ours, "SHOW STATS FOR 'nothing'"));
        Assert.Equal(["build", "network", "runtime", "system"], (await SeriesAsync(ours, "SHOW DIAGNOSTICS")).Select(s => s.Name));
        Assert.Equal([["GOARCH", "GOMAXPROCS", "GOOS", "version"]], (await SeriesAsync(ours, "SHOW DIAGNOSTICS FOR 'runtime'")).Select(s => s.Columns));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Variables_have_the_keys_that_agents_read(bool influxd)
    {
        Assert.SkipWhen(influxd && ServerProcess.Influxd is null, "influxd is not on PATH");
        await using var server = await StartAsync(influxd);
        using var variables = JsonDocument.Parse(await server.Http.GetStringAsync("/debug/vars", TestContext.Current.CancellationToken));
        foreach (var key in (string[])["system", "memstats", "runtime", "queryExecutor", "database:db", "write", "subscriber", "cq", $"httpd:127.0.0.1:{server.Port}"])
            Assert.True(variables.RootElement.TryGetProperty(key, out _), key);
        foreach (var name in (string[])["Alloc", "HeapAlloc", "HeapIdle", "HeapInuse", "HeapSys", "NumGC", "PauseTotalNs", "Sys", "TotalAlloc"])
            Assert.True(variables.RootElement.GetProperty("memstats").TryGetProperty(name, out _), name);
        var httpd = variables.RootElement.GetProperty($"httpd:127.0.0.1:{server.Port}");
        Assert.Equal(("httpd", $"127.0.0.1:{server.Port}"), (httpd.GetProperty("name").GetString(), httpd.GetProperty("tags").GetProperty("bind").GetString()));
        Assert.Equal((1, 2), (httpd.GetProperty("values").GetProperty("writeReq").GetInt64(), httpd.GetProperty("values").GetProperty("pointsWrittenOK").GetInt64()));
        Assert.Equal(1, variables.RootElement.GetProperty("database:db").GetProperty("values").GetProperty("numMeasurements").GetInt64());
    }

    private static async Task<ServerProcess> StartAsync(bool influxd = false)
    {
        var server = await ServerProcess.StartAsync(influxd);
        await server.QueryAsync("CREATE DATABASE db");
        Assert.Equal(204, (await server.WriteAsync("db=db", new StringContent("cpu v=1 1\ncpu v=2 2"))).Status);
        return server;
    }

    private static async Task<List<(string Name, List<string> Columns)>> SeriesAsync(ServerProcess server, string statement)
    {
        using var answer = JsonDocument.Parse(await server.QueryAsync(statement));
        return !answer.RootElement.GetProperty("results")[0].TryGetProperty("series", out var series) ? []
            : [.. series.EnumerateArray().Select(s => (s.GetProperty("name").GetString()!, s.GetProperty("columns").EnumerateArray().Select(c => c.GetString()!).ToList()))];
    }

    private static async Task<IEnumerable<(string, long)>> ValuesAsync(ServerProcess server, string statement, string column)
    {
        var columns = (await SeriesAsync(server, statement)).Single();
        using var answer = JsonDocument.Parse(await server.QueryAsync(statement));
        return [(columns.Name, answer.RootElement.GetProperty("results")[0].GetProperty("series")[0].GetProperty("values")[0][columns.Columns.IndexOf(column)].GetInt64())];
    }
}
