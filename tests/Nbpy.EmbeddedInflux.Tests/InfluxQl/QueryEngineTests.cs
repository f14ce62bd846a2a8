using Nbpy.EmbeddedInflux.InfluxQl;
using Nbpy.EmbeddedInflux.Storage;

namespace Nbpy.EmbeddedInflux.Tests.InfluxQl;

public sealed class QueryEngineTests : IDisposable
{
    private readonly MemoryStore _store = new();
    private readonly QueryEngine _engine;

    public QueryEngineTests()
    {
        _store.CreateDatabase(Sample.Database);
        foreach (var line in Sample.Lines)
            _store.Write(Sample.Database, "autogen", line);
        _engine = new QueryEngine(_store, new FixedTime(DateTimeOffset.UnixEpoch.AddSeconds(80)));
    }

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task Without_an_upper_bound_intervals_end_now()
    {
        var series = await SeriesAsync("SELECT count(v) FROM m WHERE time >= 40s GROUP BY time(20s)");
        Assert.Equal([40_000_000_000L, 60_000_000_000L, 80_000_000_000L], series.Values.Select(v => (long)v[0]!));
        Assert.Equal([0L, 2L, 0L], series.Values.Select(v => (long)v[1]!));
    }

    [Fact]
    public async Task Without_a_lower_bound_intervals_begin_at_the_first_point()
    {
        var series = await SeriesAsync("SELECT mean(z) FROM n GROUP BY time(20s) fill(0)");
        Assert.Equal([0L, 20_000_000_000L, 40_000_000_000L, 60_000_000_000L, 80_000_000_000L], series.Values.Select(v => (long)v[0]!));
    }

    [Fact]
    public async Task Only_the_default_policy_is_read_when_none_is_named()
    {
        await SucceedAsync("CREATE RETENTION POLICY weekly ON d DURATION 7d REPLICATION 1");
        _store.Write(Sample.Database, "weekly", "m v=99 1000000000");
        Assert.Equal(5.0, (await SeriesAsync("SELECT max(v) FROM m")).Values[0][1]);
        Assert.Equal(99.0, (await SeriesAsync("SELECT max(v) FROM weekly.m")).Values[0][1]);
        Assert.Equal(99.0, (await SeriesAsync("SELECT max(v) FROM m", "weekly")).Values[0][1]);
        Assert.Equal(99.0, (await SeriesAsync("SELECT max(v) FROM m, weekly.m")).Values[0][1]);
    }

    [Theory]
    [InlineData("47h", "47h0m0s", "1h0m0s")]
    [InlineData("48h", "48h0m0s", "24h0m0s")]
    [InlineData("30d", "720h0m0s", "24h0m0s")]
    [InlineData("180d", "4320h0m0s", "168h0m0s")]
    [InlineData("INF", "0s", "168h0m0s")]
    [InlineData("1d SHARD DURATION 10m", "24h0m0s", "1h0m0s")]
    [InlineData("7d SHARD DURATION 6h", "168h0m0s", "6h0m0s")]
    public async Task A_policy_gets_the_shard_duration_of_its_duration(string duration, string shown, string shard)
    {
        var words = duration.Split(' ', 2);
        await SucceedAsync($"CREATE RETENTION POLICY x ON d DURATION {words[0]} REPLICATION 1 {words.ElementAtOrDefault(1)}");
        var row = (await SeriesAsync("SHOW RETENTION POLICIES ON d")).Values.Single(v => (string)v[0]! == "x");
        Assert.Equal(["x", shown, shard, 1L, false], row);
    }

    [Fact]
    public async Task A_new_default_policy_replaces_the_old_one()
    {
        await SucceedAsync("CREATE RETENTION POLICY \"default\" ON d DURATION 30d REPLICATION 1 SHARD DURATION 1d DEFAULT");
        await SucceedAsync("ALTER RETENTION POLICY \"default\" ON d DURATION 60d");
        var rows = (await SeriesAsync("SHOW RETENTION POLICIES ON d")).Values;
        Assert.Equal(["autogen", "0s", "168h0m0s", 1L, false], rows[0]);
        Assert.Equal(["default", "1440h0m0s", "24h0m0s", 1L, true], rows[1]);
        await SucceedAsync("DROP RETENTION POLICY \"default\" ON d");
        Assert.Single((await SeriesAsync("SHOW RETENTION POLICIES ON d")).Values);
    }

    [Fact]
    public async Task Creating_what_exists_succeeds_when_it_is_the_same()
    {
        await SucceedAsync("CREATE DATABASE d");
        await SucceedAsync("CREATE RETENTION POLICY x ON d DURATION 1d REPLICATION 1; CREATE RETENTION POLICY x ON d DURATION 1d REPLICATION 1");
        Assert.Equal("retention policy already exists", await ErrorAsync("CREATE RETENTION POLICY x ON d DURATION 2d REPLICATION 1"));
        await SucceedAsync("CREATE DATABASE e WITH DURATION 3d NAME three");
        Assert.Equal(["three", "72h0m0s", "24h0m0s", 1L, true], (await SeriesAsync("SHOW RETENTION POLICIES ON e")).Values.Single());
        await SucceedAsync("DROP DATABASE e; DROP DATABASE e");
        Assert.Equal("database not found: e", await ErrorAsync("SHOW RETENTION POLICIES ON e"));
    }

    [Fact]
    public async Task Into_writes_tags_of_the_groups_and_fields()
    {
        var series = await SeriesAsync("SELECT mean(v) AS v, count(w) AS n, last(s) AS s INTO o FROM m WHERE time < 80s GROUP BY time(1m), host fill(none)");
        Assert.Equal(("result", 4L), (series.Name, series.Values[0][1]));
        Assert.Equal(
            ["o,host=a v=1.5,n=2i,s=\"x\" 0", "o,host=a v=4,n=1i 60000000000", "o,host=b v=4,n=1i,s=\"y\" 0", "o,host=b v=2.5 60000000000"], _store.Written);
        Assert.Equal(4L, (await SeriesAsync("SELECT count(v) FROM o")).Values[0][1]);
    }

    [Fact]
    public async Task Into_takes_the_names_of_the_measurements_read()
    {
        await SucceedAsync("CREATE DATABASE e; SELECT * INTO e.autogen.:MEASUREMENT FROM d.autogen./.*/ GROUP BY *");
        Assert.Equal(["m", "n", "p"], _store.Measurements("e", null).Select(m => m.Schema.Name));
        Assert.Equal(["host", "region"], _store.Measurements("e", null)[0].Schema.Tags);
    }

    [Fact]
    public async Task Delete_takes_tags_and_times()
    {
        await SucceedAsync("DELETE FROM m WHERE host = 'a' AND time < 30s");
        Assert.Equal(4L, (await SeriesAsync("SELECT count(v) FROM m")).Values[0][1]);
        await SucceedAsync("DROP SERIES FROM m WHERE region = ''");
        Assert.Equal(3L, (await SeriesAsync("SELECT count(v) FROM m")).Values[0][1]);
        Assert.Equal("shard 1: fields not supported in WHERE clause during deletion", await ErrorAsync("DELETE FROM m WHERE v = 1"));
        await SucceedAsync("DROP MEASUREMENT m");
        Assert.Equal(["n", "p"], (await SeriesAsync("SHOW MEASUREMENTS")).Values.Select(v => v[0]));
    }

    [Fact]
    public async Task After_a_failed_statement_none_is_run()
    {
        var results = await RunAsync("SELECT v FROM m LIMIT 1; SELECT foo(v) FROM m; DROP DATABASE d");
        Assert.Equal([null, "undefined function foo()", "not executed"], results.Select(r => r.Error));
        Assert.True(_store.DatabaseExists("d"));
    }

    [Fact]
    public async Task What_changes_data_by_GET_is_done_with_a_warning()
    {
        var results = await RunAsync("DROP DATABASE d", readOnly: true);
        Assert.Null(results[0].Error);
        Assert.Equal(["deprecated use of 'DROP DATABASE d' in a read only context, please use a POST request instead"], results[0].Warnings);
        Assert.False(_store.DatabaseExists("d"));
    }

    [Fact]
    public async Task What_is_not_supported_says_so() =>
        Assert.EndsWith("not supported by this server", await ErrorAsync("SHOW SERIES EXACT CARDINALITY GROUP BY time(1m)"), StringComparison.Ordinal);

    [Fact]
    public async Task Too_many_intervals_are_refused()
    {
        Assert.Equal("max-select-buckets limit exceeded: (1000001/1000000)",
            await ErrorAsync("SELECT mean(v) FROM m WHERE time >= 0 AND time <= 1000000s GROUP BY time(1s)"));
        Assert.Equal("max-select-buckets limit exceeded: (1000001/1000000)",
            await ErrorAsync("SELECT mean(v) FROM m WHERE time < 600000s GROUP BY time(1s), host"));
        Assert.NotEmpty((await SeriesAsync("SELECT mean(v) FROM m WHERE time >= 0 AND time <= 1000000s GROUP BY time(1s) fill(none)")).Values);
    }

    [Fact]
    public async Task Parameters_stand_for_values()
    {
        var results = await _engine.ExecuteAsync("SELECT v FROM m WHERE host = $host AND v > $least", "d", null,
            new Dictionary<string, object?> { ["host"] = "a", ["least"] = 2L }, true, TestContext.Current.CancellationToken);
        Assert.Equal([[61_000_000_000L, 4.0]], results[0].Series[0].Values);
        var e = await Assert.ThrowsAsync<InfluxQlParseException>(() => RunAsync("SELECT v FROM m WHERE host = $host"));
        Assert.Equal("error parsing query: missing parameter: host", e.Message);
    }

    [Theory]
    [InlineData("SELECT v FROM m WHERE host = 'a''; DROP TABLE main.m0; --'")]
    [InlineData("SELECT v FROM m WHERE host = 'a\\' OR 1=1 --'")]
    [InlineData("SELECT \"v\\\" FROM main.m0; --\" FROM m")]
    [InlineData("SELECT v FROM m WHERE host =~ /a'; DROP TABLE main.m0; --/")]
    [InlineData("SELECT mean(v) FROM m GROUP BY \"x\\\"; DROP TABLE main.m0; --\"")]
    public async Task Quotes_in_names_and_values_reach_no_sql(string statement)
    {
        try
        {
            await RunAsync(statement);
        }
        catch (InfluxQlParseException)
        {
            // As good as an answer.
        }

        Assert.Equal(6L, (await SeriesAsync("SELECT count(v) FROM m")).Values[0][1]);
    }

    [Fact]
    public async Task Intervals_of_a_zone_follow_its_clock_changes()
    {
        // Clocks in Paris went forward on 2024-03-31 at 01:00 UTC: days begin at 23:00 UTC before and at 22:00 UTC after.
        _store.Execute("SET TimeZone = 'UTC'");
        foreach (var time in (string[])["2024-03-30T12:00:00", "2024-03-31T00:30:00", "2024-03-31T12:00:00", "2024-04-01T12:00:00"])
            _store.Write("d", "autogen", $"z v=1 {(DateTime.Parse(time, System.Globalization.CultureInfo.InvariantCulture).Ticks - DateTime.UnixEpoch.Ticks) * 100}");
        var series = await SeriesAsync("SELECT count(v) FROM z WHERE time >= '2024-03-30' AND time < '2024-04-02' GROUP BY time(1d) tz('Europe/Paris')");
        Assert.Equal(
            [("2024-03-29T23:00", 1L), ("2024-03-30T23:00", 2L), ("2024-03-31T22:00", 1L)],
            series.Values.Select(v => (DateTime.UnixEpoch.AddTicks((long)v[0]! / 100).ToString("yyyy-MM-dd'T'HH:mm", System.Globalization.CultureInfo.InvariantCulture), (long)v[1]!)));
    }

    [Fact]
    public async Task Comments_are_skipped() =>
        Assert.Single((await SeriesAsync("/* all */ SELECT v FROM m -- the measurement\n WHERE v = /* five */ 5")).Values);

    [Fact]
    public async Task A_million_points_group_in_one_query()
    {
        _store.Define("d", "big",
            "SELECT i * 1000000 AS time, CASE WHEN i % 2 = 0 THEN 'x' ELSE 'y' END AS t_pair, i::DOUBLE AS f_bid FROM range(1000000) r(i)",
            ["pair"], new Dictionary<string, FieldType> { ["bid"] = FieldType.Float });
        var results = await RunAsync("SELECT mean(bid), max(bid), count(bid) FROM big WHERE time >= 0 AND time < 1000s GROUP BY time(1s), pair");
        Assert.Equal(["x", "y"], results[0].Series.Select(s => s.Tags!["pair"]));
        Assert.All(results[0].Series, s => Assert.Equal(1000, s.Values.Count));
        Assert.Equal([1_000_000_000L, 1499.0, 1998.0, 500L], results[0].Series[0].Values[1]);
    }

    [Fact]
    public async Task A_database_is_required()
    {
        var results = await _engine.ExecuteAsync("SELECT v FROM m", null, null, new Dictionary<string, object?>(), true, TestContext.Current.CancellationToken);
        Assert.Equal("database name required", results[0].Error);
        results = await _engine.ExecuteAsync("SELECT v FROM m", "nowhere", null, new Dictionary<string, object?>(), true, TestContext.Current.CancellationToken);
        Assert.Equal("database not found: nowhere", results[0].Error);
    }

    private Task<IReadOnlyList<StatementResult>> RunAsync(string query, string? policy = null, bool readOnly = false) => _engine.ExecuteAsync(
        query, Sample.Database, policy, new Dictionary<string, object?>(), readOnly, TestContext.Current.CancellationToken);

    private async Task SucceedAsync(string query) => Assert.All(await RunAsync(query), r => Assert.Null(r.Error));

    private async Task<ResultSeries> SeriesAsync(string query, string? policy = null)
    {
        var result = Assert.Single(await RunAsync(query, policy));
        Assert.Null(result.Error);
        return Assert.Single(result.Series);
    }

    private async Task<string> ErrorAsync(string query) => Assert.Single(await RunAsync(query)).Error ?? "";
}
