using System.Globalization;

namespace Nbpy.EmbeddedInflux.Tests.Http;

/// <summary>Clients that people use work against the embedded store as they do against influxd.</summary>
public class ClientTests
{
    private const string Python = "/usr/bin/python3";

    private const string PythonSession = """
        import sys, influxdb
        c = influxdb.InfluxDBClient("127.0.0.1", int(sys.argv[1]), "admin", "secret")
        print(c.ping() != "")
        c.create_database("db")
        c.switch_database("db")
        c.create_retention_policy("week", "7d", "1", database="db", default=True, shard_duration="1d")
        print([(p["name"], p["duration"], p["default"]) for p in c.get_list_retention_policies("db")])
        print(c.write_points([
            {"measurement": "tick", "tags": {"pair": p}, "time": 1000000000 * i, "fields": {"bid": 1.5 * i, "n": i, "s": "it's \"x\"", "ok": i % 2 == 0}}
            for i in range(6) for p in ("a", "b c")], retention_policy="autogen", batch_size=5))
        r = c.query("SELECT mean(bid), last(s) FROM autogen.tick WHERE time < 10s GROUP BY time(3s), pair", epoch="ns")
        for key, rows in sorted(r.items(), key=str): print(key, list(rows))
        print(list(c.query("SELECT bid FROM autogen.tick WHERE pair = $pair AND bid > $least", bind_params={"pair": "a", "least": 4}).get_points()))
        print(c.get_list_measurements(), c.get_list_database())
        c.create_user("u", "p"); c.grant_privilege("read", "db", "u")
        print(c.get_list_users(), c.get_list_privileges("u"))
        c.create_continuous_query("cq", "SELECT mean(bid) INTO autogen.slow FROM autogen.tick GROUP BY time(1m)", "db", "EVERY 1m")
        print(c.get_list_continuous_queries())
        c.delete_series("db", "tick", {"pair": "a"})
        print(list(c.query("SELECT count(n) FROM autogen.tick").get_points()))
        try: c.query("SELECT FROM")
        except influxdb.exceptions.InfluxDBClientError as e: print(e.code, e.content)
        try: c.query("SELECT x FROM nowhere..y")
        except influxdb.exceptions.InfluxDBClientError as e: print(e)
        try: c.write_points(["tick,pair=a bid=\"text\" 1"], protocol="line", retention_policy="autogen")
        except influxdb.exceptions.InfluxDBClientError as e: print(e.code, e.content)
        c.drop_retention_policy("week", "db"); c.drop_database("db")
        """;

    // The shell's own commands are left out: they do not reach the server.
    private static readonly string[] ShellScript =
    [
        "CREATE DATABASE db",
        "SHOW RETENTION POLICIES ON db",
        "SELECT * FROM db..tick",
        "SELECT mean(bid), count(n) FROM db..tick GROUP BY pair",
        "SHOW TAG VALUES ON db WITH KEY = pair",
        "SELECT FROM",
        "SELECT x FROM nowhere..y",
        "SHOW FIELD KEYS ON db",
    ];

    [Fact]
    public async Task The_python_package_gets_the_same_answers_from_it_as_from_influxd()
    {
        Assert.SkipWhen(ServerProcess.Influxd is null, "influxd is not on PATH");
        Assert.SkipUnless(File.Exists(Python), "no system Python");
        var script = Path.Combine(Directory.CreateTempSubdirectory("nbpy-python-").FullName, "session.py");
        await File.WriteAllTextAsync(script, PythonSession, TestContext.Current.CancellationToken);
        Assert.SkipUnless((await Tool.RunAsync(Python, null, "-c", "import influxdb")).ExitCode == 0, "Python has no influxdb package");
        var answers = new List<string>();
        foreach (var influxd in (bool[])[true, false])
        {
            await using var server = await ServerProcess.StartAsync(influxd, auth: true);
            await server.QueryAsync("CREATE USER admin WITH PASSWORD 'secret' WITH ALL PRIVILEGES");
            var (exitCode, output, error) = await Tool.RunAsync(Python, null, script, server.Http.BaseAddress!.Port.ToString(CultureInfo.InvariantCulture));
            Assert.True(exitCode == 0, $"influxd: {influxd}\n{output}\n{error}");
            answers.Add(output);
        }

        Directory.Delete(Path.GetDirectoryName(script)!, true);
        Assert.Equal(answers[0], answers[1]);
    }

    [Theory]
    [InlineData("column")]
    [InlineData("csv")]
    [InlineData("json")]
    public async Task The_influx_shell_shows_the_same_for_it_as_for_influxd(string format)
    {
        Assert.SkipWhen(ServerProcess.Influxd is null, "influxd is not on PATH");
        var shell = Tool.Find("influx");
        Assert.SkipWhen(shell is null, "the influx shell is not on PATH");
        var answers = new List<string>();
        foreach (var influxd in (bool[])[true, false])
        {
            await using var server = await ServerProcess.StartAsync(influxd);
            var shown = "";
            foreach (var statement in ShellScript)
            {
                shown += "> " + statement + "\n" + (await Tool.RunAsync(
                    shell, null, "-host", "127.0.0.1", "-port", server.Http.BaseAddress!.Port.ToString(CultureInfo.InvariantCulture),
                    "-format", format, "-execute", statement)).Output;
                if (statement.StartsWith("CREATE", StringComparison.Ordinal))
                    await server.WriteAsync("db=db", new StringContent("tick,pair=a bid=1.5,n=2i,s=\"x y\" 1\ntick,pair=b\\ c bid=1e21,ok=true 2000000000"));
            }

            answers.Add(shown);
        }

        Assert.Contains("1.5", answers[0], StringComparison.Ordinal);
        Assert.Equal(answers[0], answers[1]);
    }
}
