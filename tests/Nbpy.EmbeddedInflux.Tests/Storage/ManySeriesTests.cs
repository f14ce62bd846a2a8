using System.Globalization;
using System.Text;
using Nbpy.EmbeddedInflux.InfluxQl;
using Nbpy.EmbeddedInflux.Storage;

namespace Nbpy.EmbeddedInflux.Tests.Storage;

/// <summary>What is kept in memory or put off so that large catalogs stay quick never changes an answer.</summary>
public sealed class ManySeriesTests() : StoreFixture(syncInterval: TimeSpan.FromMilliseconds(20))
{
    [Fact]
    public async Task Series_are_known_without_a_flush_and_are_those_of_the_points_after_deletes_and_restarts()
    {
        await Write("m,host=a,rack=r1 v=1 10\nm,host=b v=1 10\nn v=1 10");
        Assert.Equal("m,host=a,rack=r1 m,host=b n", await Series());
        await Run("DELETE FROM m WHERE host = 'a'");
        Assert.Equal("m,host=b n", await Series());
        await Write("m,host=a,rack=r1 v=2 5");
        Assert.Equal("m,host=a,rack=r1 m,host=b n", await Series());
        Reopen();
        await Write("m,dc=x,host=c v=1 20");
        Assert.Equal("m,dc=x,host=c m,host=a,rack=r1 m,host=b n", await Series());
        await Run("DELETE WHERE time <= 10");
        Assert.Equal("m,dc=x,host=c", await Series());
        Reopen();
        Assert.Equal("m,dc=x,host=c", await Series());
    }

    [Fact]
    public async Task A_point_written_while_the_series_are_asked_for_is_not_missed()
    {
        await Write("m,host=a v=1 10");
        Reopen();
        var schemas = Store.Measurements("db", null).Select(m => m.Schema).ToList();
        var writes = Enumerable.Range(0, 50).Select(async n =>
        {
            await Task.Yield();
            await Write(string.Create(CultureInfo.InvariantCulture, $"m,host=h{n} v=1 20"));
            return (await Store.KnownSeriesAsync("db", schemas, TestContext.Current.CancellationToken)).Count;
        });
        await Task.WhenAll(writes);
        Assert.Equal(51, (await Series()).Split(' ').Length);
    }

    [Theory]
    [InlineData("host = 'h7'")]
    [InlineData("host != 'h7'")]
    [InlineData("host =~ /^h[1-3]$/ AND rack = ''")]
    [InlineData("host !~ /h.*/ OR rack =~ /.+/")]
    [InlineData(@"host =~ /\d/")]
    [InlineData("v = 1")]
    [InlineData("nothing = 'x'")]
    [InlineData("host = 'h7' AND time > 0")]
    public async Task Conditions_choose_the_same_series_in_memory_as_in_DuckDB(string where)
    {
        // The second measurement has too many series to be kept; but for those of the tag x it has the first one's.
        const string tags = "host=h1 host=h2,rack=r2 host=h7 host=h7,rack=r7 rack=r9 host=ö";
        await Write(string.Join('\n', tags.Split(' ').SelectMany(t => new[] { $"few,{t} v=1 10", $"many,{t} v=1 10" })
            .Concat(Enumerable.Range(0, KnownSeries.Most).Select(i => $"many,host=h1,x=x{i} v=1 10"))));
        foreach (var show in new[] { "SHOW SERIES", "SHOW TAG VALUES", "SHOW TAG KEYS", "SHOW MEASUREMENTS", "SHOW TAG VALUES CARDINALITY" })
        {
            var key = show.Contains("VALUES", StringComparison.Ordinal) ? "WITH KEY IN (host, rack)" : "";
            var from = (string m) => show == "SHOW MEASUREMENTS" ? $"WITH MEASUREMENT = {m}" : $"FROM {m}";
            var memory = await Run($"{show} {from("few")} {key} WHERE {where}");
            var duck = await Run($"{show} {from("many")} {key} WHERE {where}");
            Assert.Equal(memory.Replace("few", "many", StringComparison.Ordinal),
                string.Join(' ', duck.Split(' ').Where(r => !r.Contains("x=x", StringComparison.Ordinal) && r != "x")));
        }
    }

    [Fact]
    public async Task More_series_than_are_kept_are_all_there()
    {
        await Write(string.Join('\n', Enumerable.Range(0, KnownSeries.Most + 1).Select(n => $"m,host=h{n} v=1 10")));
        Assert.Equal(KnownSeries.Most + 1, (await Series()).Split(' ').Length);
        Reopen();
        Assert.Equal(KnownSeries.Most + 1, (await Series()).Split(' ').Length);
    }

    [Fact]
    public async Task More_new_columns_than_fit_into_memory_between_two_checkpoints_areStored_and_so_are_points_that_replace_them()
    {
        var lines = string.Join('\n', Enumerable.Range(0, 150).Select(n => $"m{n},host=a " + string.Join(',', Enumerable.Range(0, 120).Select(f => $"f{f}={n}")) + " 10"));
        await Write(lines);
        Assert.Equal("10 a 7", await Run("SELECT host, f1 FROM m7"));
        await Write(lines.Replace("f1=", "f1=1", StringComparison.Ordinal));
        Assert.Equal("10 a 1149", await Run("SELECT host, f1 FROM m149"));
        await Write(lines.Replace(" 10", " 20", StringComparison.Ordinal));
        Assert.Equal("20 149", await Run("SELECT f1 FROM m149 WHERE time = 20"));
    }

    [Fact]
    public async Task Many_dropped_measurements_are_gone_at_once_and_their_numbers_are_not_given_twice()
    {
        var lines = string.Join('\n', Enumerable.Range(0, 1100).Select(n => $"m{n} v=1 10"));
        await Write(lines);
        await Store.FlushAsync(TestContext.Current.CancellationToken);
        Store.DropDatabase("db");
        Assert.True(await Tables() > 0, "none is left to be dropped later");
        Reopen();
        Store.CreateDatabase("db");
        Assert.Equal("", await Series());
        await Write("m7 v=2 20");
        Assert.Equal("20 2", await Run("SELECT v FROM m7"));
        await UntilTables(1);
        Assert.Equal("20 2", await Run("SELECT v FROM m7"));
    }

    [Fact]
    public async Task A_database_that_is_dropped_while_its_points_are_on_their_way_leaves_nothing_and_another_keeps_its_own()
    {
        Store.CreateDatabase("other");
        await Store.WriteAsync("other", null, "m v=1 10"u8.ToArray(), TestContext.Current.CancellationToken);
        await Write(string.Join('\n', Enumerable.Range(0, 2500).Select(n => $"m{n} v=1 10")));
        var flush = Task.Run(() => Store.FlushAsync(TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);
        Store.DropDatabase("db");
        await flush;
        Store.CreateDatabase("db");
        CrashAndReopen();
        Assert.Single(Store.Measurements("other", null));
        Assert.Equal("", await Series());
        await Write("m7 v=2 20");
        Assert.Equal("20 2", await Run("SELECT v FROM m7"));
        await UntilTables(2);
    }

    [Fact]
    public async Task The_ranges_of_times_that_a_close_leaves_are_not_used_once_points_came()
    {
        await Write("m,host=a v=1 10\nn,host=a v=1 10");
        Reopen();
        await Write("m,host=a v=2 20");
        Assert.Equal("10 1 20 2", await Run("SELECT v FROM m"));
        CrashAndReopen();
        await Write("m,host=a v=3 20\nn,host=a v=3 10\nm,host=a v=4 30");
        Assert.Equal("10 1 20 3 30 4", await Run("SELECT v FROM m"));
        Assert.Equal("10 3", await Run("SELECT v FROM n"));
    }

    [Fact]
    public async Task What_the_log_holds_is_there_after_two_crashes_in_a_row()
    {
        await Write("m v=1 10");
        CrashAndReopen();
        CrashAndReopen();
        await Write("m v=2 20");
        Assert.Equal("10 1 20 2", await Run("SELECT v FROM m"));
    }

    [Fact]
    public async Task A_statement_that_finds_the_disk_unusable_says_so_and_the_next_one_goes_on()
    {
        await Write("m v=1 10");
        var log = Path.Combine(Folder, "wal");
        Directory.Move(log, log + ".away");
        Assert.Contains("wal", await Run("SELECT v FROM m"), StringComparison.Ordinal);
        Directory.Move(log + ".away", log);
        Assert.Equal("10 1", await Run("SELECT v FROM m"));
    }

    /// <summary>Goes on with what lies on the disk now, as after kill -9.</summary>
    private void CrashAndReopen()
    {
        var copy = Directory.CreateTempSubdirectory("nbpy-many-crash-").FullName;
        foreach (var file in Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories).Where(f => Path.GetFileName(f) != "lock"))
        {
            var to = Path.Combine(copy, Path.GetRelativePath(Folder, file));
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            using var from = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var into = File.Create(to);
            from.CopyTo(into);
        }

        Store.Dispose();
        Directory.Delete(Folder, true);
        Directory.Move(copy, Folder);
        Store = Open();
    }

    private Task<string> Series() => Run("SHOW SERIES");

    private async Task<string> Run(string statement)
    {
        var results = await new QueryEngine(Store, TimeProvider.System).ExecuteAsync(
            new QueryRequest(statement) { Database = "db" }, TestContext.Current.CancellationToken);
        return results[0].Error ?? string.Join(' ', results[0].Series.SelectMany(s => s.Values).SelectMany(v => v).Select(v => Convert.ToString(v, CultureInfo.InvariantCulture)));
    }

    private async Task UntilTables(long count)
    {
        for (var tries = 0; tries < 200 && await Tables() > count; tries++)
            await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.Equal(count, await Tables());
    }

    private Task<long> Tables() => Store.ReadAsync(
        async connection =>
        {
            await using var command = connection.CreateCommand();
            command.CommandText = "SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'main' AND NOT temporary";
            return (long)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
        },
        TestContext.Current.CancellationToken);
}
