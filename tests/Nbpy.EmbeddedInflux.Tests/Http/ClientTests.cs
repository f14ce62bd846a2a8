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
        print(c.write_points([{"measurement": "slow", "time": 7 + i, "fields": {"v": float(i)}} for i in range(5)], time_precision="s", tags={"site": "x"}, batch_size=2, retention_policy="autogen"))
        print(c.write(["slow,site=y v=9 8500"], {"db": "db", "rp": "autogen", "precision": "ms"}, protocol="line"))
        print(list(c.query("SELECT v, site FROM autogen.slow", epoch="ms").get_points()), list(c.query("SELECT v FROM autogen.slow").get_points(tags={"site": "x"})))
        print([list(r.get_points()) for r in c.query("SELECT v FROM autogen.slow; SELECT count(v) FROM autogen.slow GROUP BY site")])
        # The package cannot take chunks of MessagePack apart, which it asks for by itself.
        j = influxdb.InfluxDBClient("127.0.0.1", int(sys.argv[1]), "admin", "secret", "db", headers={"Accept": "application/json"})
        for r in j.query("SELECT v FROM autogen.slow GROUP BY site", chunked=True, chunk_size=2): print(r)
        print(list(c.query("SELECT v FROM autogen.slow WHERE site =~ $r AND v >= $v AND time > $t", bind_params={"r": {"regex": "^[xy]$"}, "v": 2, "t": "1970-01-01T00:00:08Z"}).get_points()))
        print(c.get_list_series("db"), c.get_list_series("db", "slow", {"site": "x"}))
        print(list(c.query("SHOW TAG VALUES WITH KEY = site").get_points()), list(c.query("SHOW FIELD KEYS").get_points()))
        c.alter_retention_policy("week", "db", duration="14d", default=False); print(c.get_list_retention_policies("db"))
        c.set_user_password("u", "q"); c.revoke_privilege("read", "db", "u"); c.grant_admin_privileges("u"); c.revoke_admin_privileges("u"); c.drop_user("u"); print(c.get_list_users())
        c.drop_continuous_query("cq", "db"); c.drop_measurement("slow"); print(c.get_list_measurements(), c.get_list_continuous_queries())
        d = influxdb.InfluxDBClient.from_dsn("influxdb://admin:secret@127.0.0.1:%s/db" % sys.argv[1]); print(d.get_list_database())
        try: influxdb.InfluxDBClient("127.0.0.1", int(sys.argv[1]), "admin", "wrong").get_list_database()
        except influxdb.exceptions.InfluxDBClientError as e: print(e.code, e.content)
        z = influxdb.InfluxDBClient("127.0.0.1", int(sys.argv[1]), "admin", "secret", "db", gzip=True)
        print(z.write_points([{"measurement": "packed", "fields": {"v": i}, "time": i} for i in range(100)], retention_policy="autogen"), list(z.query("SELECT sum(v) FROM autogen.packed").get_points()))
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

    private const string Import = """
        # DDL
        CREATE DATABASE brought
        CREATE RETENTION POLICY old ON brought DURATION INF REPLICATION 1

        # DML
        # CONTEXT-DATABASE: brought
        # CONTEXT-RETENTION-POLICY: old
        tick,pair=a bid=1.5,n=2i 1
        tick,pair=b bid=2.5,ok=true 2
        tick,pair=b bid=oops 3
        """;

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

    [Fact]
    public async Task The_influx_shell_brings_a_file_in_and_shows_times_in_every_precision_as_with_influxd()
    {
        Assert.SkipWhen(ServerProcess.Influxd is null, "influxd is not on PATH");
        var shell = Tool.Find("influx");
        Assert.SkipWhen(shell is null, "the influx shell is not on PATH");
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, Import, TestContext.Current.CancellationToken);
        var answers = new List<string>();
        foreach (var influxd in (bool[])[true, false])
        {
            await using var server = await ServerProcess.StartAsync(influxd);
            string[] host = ["-host", "127.0.0.1", "-port", server.Port.ToString(CultureInfo.InvariantCulture)];
            var brought = await Tool.RunAsync(shell, null, [.. host, "-import", "-path", file, "-precision", "s"]);
            Assert.Contains("Processed 2 commands", brought.Output + brought.Error, StringComparison.Ordinal);
            var shown = "";
            foreach (var precision in (string[])["rfc3339", "h", "m", "s", "ms", "u", "ns"])
                shown += (await Tool.RunAsync(shell, null, [.. host, "-database", "brought", "-precision", precision, "-execute", "SELECT * FROM old.tick"])).Output;
            shown += (await Tool.RunAsync(shell, null, [.. host, "-database", "brought", "-pretty", "-format", "json", "-execute", "SELECT mean(bid) FROM old.tick GROUP BY pair"])).Output;
            // On its standard input, all of it is one request.
            shown += (await Tool.RunAsync(
                shell, "SELECT * FROM tick\n;SHOW TAG VALUES WITH KEY = pair;\nSELECT count(bid) FROM tick", [.. host, "-database", "brought", "-retention", "old", "-precision", "s", "-format", "csv"])).Output;
            shown += (await Tool.RunAsync(shell, "INSERT INTO old tick,pair=c bid=7 9000000000", [.. host, "-database", "brought"])).Output;
            shown += (await Tool.RunAsync(shell, null, [.. host, "-database", "brought", "-execute", "INSERT INTO old tick,pair=c bid=7 9000000000"])).Output;
            shown += (await Tool.RunAsync(shell, null, [.. host, "-database", "brought", "-format", "csv", "-execute", "SELECT bid FROM old.tick WHERE pair = 'c'"])).Output;
            answers.Add(shown);
        }

        File.Delete(file);
        Assert.Contains("1970-01-01T00:00:02Z", answers[0], StringComparison.Ordinal);
        Assert.Contains("tick,9000000000,7", answers[0], StringComparison.Ordinal);
        Assert.Equal(answers[0], answers[1]);
    }
}
