using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Nbpy.EndToEnd.Tests;

/// <summary><c>nbpy retention</c>, <c>backup</c> and <c>restore</c> as processes, against the embedded store and a real influxd that ask for passwords.</summary>
public sealed class StoreCommandTests
{
    private const string Admin = "root-of-tests";
    private const string AdminPassword = "admin-planted-1";
    private const string WriterPassword = "writer-planted-2";
    private const string ReaderPassword = "reader-planted-3";

    [Theory]
    [InlineData("embedded")]
    [InlineData("influxd")]
    public async Task Set_up_gives_each_account_what_it_needs_and_changes_nothing_the_second_time(string kind)
    {
        await using var store = await TestStore.StartAsync(kind);
        var (code, first) = await store.NbpyAsync("retention", "create");
        Assert.True(code == 0, first);
        Assert.Contains("created    database tick", first, StringComparison.Ordinal);
        Assert.Contains("created    user zmq (write)", first, StringComparison.Ordinal);
        Assert.Contains("created    user nbpy_reader (read)", first, StringComparison.Ordinal);
        Assert.Contains("created    continuous query kraken_tick_1m", first, StringComparison.Ordinal);

        var (_, second) = await store.NbpyAsync("retention", "create");
        Assert.All(second.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.StartsWith("unchanged", line, StringComparison.Ordinal));

        Assert.Equal(HttpStatusCode.NoContent, await store.WriteAsync("zmq", WriterPassword, "t v=1"));
        Assert.Equal(HttpStatusCode.Forbidden, await store.WriteAsync("nbpy_reader", ReaderPassword, "t v=1"));
        Assert.Equal(HttpStatusCode.Unauthorized, await store.WriteAsync("zmq", "zmq", "t v=1"));
        Assert.Contains("\"values\"", await store.QueryAsync("nbpy_reader", ReaderPassword, "SELECT v FROM t"), StringComparison.Ordinal);
        Assert.DoesNotContain("\"values\"", await store.QueryAsync("zmq", WriterPassword, "SELECT v FROM t"), StringComparison.Ordinal);
        foreach (var secret in (string[])[AdminPassword, WriterPassword, ReaderPassword])
            Assert.DoesNotContain(secret, first + second, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("embedded")]
    [InlineData("influxd")]
    public async Task Set_up_makes_the_first_administrator_of_a_store_that_was_told_to_ask_for_passwords_and_has_none(string kind)
    {
        await using var store = await TestStore.StartAsync(kind, hasAdministrator: false);
        var (code, output) = await store.NbpyAsync("retention", "create");
        Assert.True(code == 0, output);
        Assert.Contains($"created    user {Admin} (administrator)", output, StringComparison.Ordinal);
        Assert.DoesNotContain(AdminPassword, output, StringComparison.Ordinal);
        Assert.Contains("[\"tick\"]", await store.QueryAsync(Admin, AdminPassword, "SHOW DATABASES"), StringComparison.Ordinal);
        Assert.DoesNotContain("results", await store.QueryAsync(Admin, "wrong", "SHOW DATABASES"), StringComparison.Ordinal);
        Assert.DoesNotContain("administrator", (await store.NbpyAsync("retention", "create")).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("embedded")]
    [InlineData("influxd")]
    public async Task A_back_fill_makes_bars_of_what_was_there_before_the_continuous_query(string kind)
    {
        await using var store = await TestStore.StartAsync(kind);
        Assert.Equal(0, (await store.NbpyAsync("retention", "create")).ExitCode);
        var minute = new DateTimeOffset(DateTime.UtcNow.Date.AddHours(DateTime.UtcNow.Hour), TimeSpan.Zero).AddHours(-3).ToUnixTimeSeconds();
        var lines = new StringBuilder();
        foreach (var (second, bid) in ((int, double)[])[(0, 10.5), (20, 12.25), (40, 9.75), (59, 11), (60, 20)])
            lines.Append(System.Globalization.CultureInfo.InvariantCulture, $"kraken_tick,pair=BTC/USD,exchange=kraken bid={bid},ask={bid + 1} {minute + second}000000000\n");
        Assert.Equal(HttpStatusCode.NoContent, await store.WriteAsync("zmq", WriterPassword, lines.ToString()));

        var (code, output) = await store.NbpyAsync("retention", "backfill", "--since", "6h");
        Assert.True(code == 0, output);
        Assert.Contains("2 bars", output, StringComparison.Ordinal);
        var answer = JsonNode.Parse(await store.QueryAsync(
            "nbpy_reader", ReaderPassword, "SELECT bid_open, bid_high, bid_low, bid_close, ask_high, ticks FROM long_term.kraken_tick_1m WHERE pair = 'BTC/USD'"))!;
        var rows = answer["results"]![0]!["series"]![0]!["values"]!.AsArray().Select(r => string.Join(' ', r!.AsArray().Skip(1).Select(v => v!.ToJsonString())));
        Assert.Equal(["10.5 12.25 9.75 11 13.25 4", "20 20 20 20 21 1"], rows);

        // The minute in which the range begins is a whole one, though it does not begin with it.
        var edge = DateTimeOffset.UtcNow.AddHours(-5).ToUnixTimeSeconds() / 60 * 60;
        lines.Clear();
        for (var second = 0; second < 180; second += 15)
            lines.Append(System.Globalization.CultureInfo.InvariantCulture, $"kraken_tick,pair=ETH/USD,exchange=kraken bid={second},ask={second} {edge + second}000000000\n");
        Assert.Equal(HttpStatusCode.NoContent, await store.WriteAsync("zmq", WriterPassword, lines.ToString()));
        Assert.Equal(0, (await store.NbpyAsync("retention", "backfill", "--since", "5h")).ExitCode);
        answer = JsonNode.Parse(await store.QueryAsync("nbpy_reader", ReaderPassword, "SELECT ticks FROM long_term.kraken_tick_1m WHERE pair = 'ETH/USD'"))!;
        var ticks = answer["results"]![0]!["series"]![0]!["values"]!.AsArray().Select(r => r![1]!.GetValue<int>()).ToList();
        Assert.True(ticks.Count is 2 or 3, string.Join(' ', ticks));
        Assert.All(ticks, count => Assert.Equal(4, count));

        // Ticks from before the first bar that the bars' policy keeps end nothing.
        Assert.DoesNotContain("error", await store.QueryAsync(Admin, AdminPassword, "ALTER RETENTION POLICY \"default\" ON tick DURATION INF"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NoContent, await store.WriteAsync("zmq", WriterPassword, $"kraken_tick,pair=OLD bid=1,ask=1 {DateTimeOffset.UtcNow.AddDays(-370).ToUnixTimeSeconds()}000000000"));
        (code, output) = await store.NbpyAsync("retention", "backfill", "--since", "400d");
        Assert.True(code == 0 && output.Contains("bars", StringComparison.Ordinal), output);
    }

    [Theory]
    [InlineData("embedded")]
    [InlineData("influxd")]
    public async Task Statistics_count_each_policy_and_a_clean_up_says_what_it_drops_and_what_stays_and_why(string kind)
    {
        await using var store = await TestStore.StartAsync(kind);
        Assert.Equal(0, (await store.NbpyAsync("retention", "create")).ExitCode);
        var start = DateTimeOffset.UtcNow.AddHours(-2).ToUnixTimeSeconds();
        var lines = string.Concat(Enumerable.Range(0, 500).Select(i => $"kraken_tick,pair=P{i % 3} bid={i}.25,ask={i}.5 {start + i}000000000\n"));
        Assert.Equal(HttpStatusCode.NoContent, await store.WriteAsync("zmq", WriterPassword, lines));
        Assert.Equal(0, (await store.NbpyAsync("retention", "backfill", "--since", "3h")).ExitCode);

        var (code, output) = await store.NbpyAsync("retention", "stats", "--json");
        Assert.True(code == 0, output);
        var ticks = JsonNode.Parse(output)!.AsArray().Single(s => s!["measurement"]!.GetValue<string>() == "kraken_tick")!;
        Assert.Equal((500, 3), (ticks["points"]!.GetValue<int>(), ticks["series"]!.GetValue<int>()));
        Assert.Equal(start * 1_000_000_000, ticks["oldestNs"]!.GetValue<long>());
        Assert.InRange(ticks["policyShards"]!.GetValue<int>(), 1, 2);
        Assert.True(ticks["policyDiskBytes"]!.GetValue<long>() > 100, output);

        // A field that none of the points past their policy has.
        Assert.Equal(HttpStatusCode.NoContent, await store.WriteAsync("zmq", WriterPassword, "kraken_tick,pair=P0 late=1"));

        // Nothing is past its policy; then a day of the policy becomes an hour.
        (code, output) = await store.NbpyAsync("retention", "cleanup");
        Assert.True(code == 0, output);
        Assert.Matches(@"kraken_tick +0 points dropped", output);
        foreach (var policy in (string[])["default", "long_term", "high_frequency"])
            Assert.DoesNotContain("error", await store.QueryAsync(Admin, AdminPassword, $"ALTER RETENTION POLICY \"{policy}\" ON tick DURATION 1h SHARD DURATION 1h"), StringComparison.Ordinal);
        (code, output) = await store.NbpyAsync("retention", "cleanup");
        Assert.True(code == 0, output);
        Assert.DoesNotContain(",500]", await store.QueryAsync(Admin, AdminPassword, "SELECT count(bid) FROM kraken_tick"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("embedded")]
    [InlineData("influxd")]
    public async Task A_backup_of_a_store_that_is_written_to_comes_back_with_the_same_counts_and_checksums(string kind)
    {
        await using var store = await TestStore.StartAsync(kind);
        Assert.Equal(0, (await store.NbpyAsync("retention", "create")).ExitCode);
        var start = DateTimeOffset.UtcNow.AddHours(-2).ToUnixTimeSeconds();
        var lines = string.Concat(Enumerable.Range(0, 500).Select(i => $"kraken_tick,pair=P{i % 3} bid={i}.25,note=\"x {i}\" {start + i}000000000\n"));
        Assert.Equal(HttpStatusCode.NoContent, await store.WriteAsync("zmq", WriterPassword, lines));
        Assert.Equal(0, (await store.NbpyAsync("retention", "backfill", "--since", "3h")).ExitCode);

        var backup = Path.Combine(store.Folder, "backup");
        string[] rpc = store.RpcPort is { } port ? ["--rpc-port", port.ToString(System.Globalization.CultureInfo.InvariantCulture)] : [];
        using var stop = new CancellationTokenSource();
        var written = 0;
        var late = Task.Run(
            async () =>
            {
                // As a spool that drains: times long past, while the copy is made and counted.
                while (!stop.IsCancellationRequested)
                    Assert.Equal(HttpStatusCode.NoContent, await store.WriteAsync("zmq", WriterPassword, $"late v={written}i {start + ++written}000000000"));
            },
            TestContext.Current.CancellationToken);
        while (Volatile.Read(ref written) == 0)
            await Task.Delay(1, TestContext.Current.CancellationToken);
        var (code, output) = await store.NbpyAsync(["backup", backup, .. rpc]);
        await stop.CancelAsync();
        await late;
        Assert.True(code == 0, output);
        var counted = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(backup, "nbpy-backup.json"), TestContext.Current.CancellationToken))!["entries"]!.AsArray()
            .Single(e => e!["measurement"]!.GetValue<string>() == "late")!["points"]!.GetValue<int>();
        Assert.InRange(counted, 1, written - 1);

        // What is written after the backup is gone after the restore.
        Assert.Equal(HttpStatusCode.NoContent, await store.WriteAsync("zmq", WriterPassword, $"kraken_tick,pair=P0 bid=1,note=\"later\" {start - 60}000000000"));
        (code, output) = await store.NbpyAsync(["restore", backup, .. rpc]);
        Assert.True(code == 1 && output.Contains("--replace", StringComparison.Ordinal), output);
        if (kind == "embedded")
        {
            (code, output) = await store.NbpyAsync("restore", backup, "--replace");
            Assert.True(code == 1 && output.Contains("stop it", StringComparison.Ordinal), output);
            Assert.Equal(HttpStatusCode.NoContent, await store.WriteAsync("zmq", WriterPassword, "before v=1"));
            await store.StopEmbeddedAsync();
        }

        (code, output) = await store.NbpyAsync(["restore", backup, "--replace", .. rpc]);
        Assert.True(code == 0, output);
        Assert.Contains("✓ restored and compared:", output, StringComparison.Ordinal);
        if (kind == "embedded")
            await store.StartEmbeddedAsync(hasAdministrator: true);
        Assert.Contains(",500]", await store.QueryAsync(Admin, AdminPassword, "SELECT count(bid) FROM kraken_tick"), StringComparison.Ordinal);
        Assert.Contains($",{counted}]", await store.QueryAsync(Admin, AdminPassword, "SELECT count(v) FROM late"), StringComparison.Ordinal);

        // Policies, accounts and downsampling are as they were, and no copy is left behind.
        Assert.Equal(HttpStatusCode.NoContent, await store.WriteAsync("zmq", WriterPassword, "after v=1"));
        var (_, setUp) = await store.NbpyAsync("retention", "create");
        Assert.All(setUp.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.StartsWith("unchanged", line, StringComparison.Ordinal));
        Assert.DoesNotContain("proof", await store.QueryAsync(Admin, AdminPassword, "SHOW DATABASES"), StringComparison.Ordinal);
        Assert.Empty(Directory.GetDirectories(backup));

        // A backup that was touched is not put in the store's place.
        var file = Directory.EnumerateFiles(backup).Where(f => !f.EndsWith(".json", StringComparison.Ordinal)).MaxBy(f => new FileInfo(f).Length)!;
        var bytes = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        bytes[bytes.Length / 2] ^= 0x55;
        await File.WriteAllBytesAsync(file, bytes, TestContext.Current.CancellationToken);
        (code, output) = await store.NbpyAsync(["restore", backup, "--replace", .. rpc]);
        Assert.True(code == 1 && output.Contains("damaged", StringComparison.Ordinal), output);
        Assert.Contains(",500]", await store.QueryAsync(Admin, AdminPassword, "SELECT count(bid) FROM kraken_tick"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Away_from_a_clone_the_store_s_program_is_found_beside_nbpy_or_as_it_is_named()
    {
        await using var store = await TestStore.StartAsync("embedded");
        Assert.Equal(0, (await store.NbpyAsync("retention", "create")).ExitCode);
        var nbpy = Path.Combine(store.Folder, "programs", "Nbpy.Cli");
        Directory.CreateDirectory(nbpy);
        var built = Path.GetDirectoryName(TestStore.Program("Nbpy.Cli", "nbpy"))!;
        foreach (var file in Directory.EnumerateFiles(built, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(nbpy, Path.GetRelativePath(built, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        var (code, output) = await store.NbpyAtAsync(nbpy, "backup", Path.Combine(store.Folder, "a"));
        Assert.True(code == 1, output);
        Assert.Contains("--store-program or NBPY_STORE_PROGRAM", output, StringComparison.Ordinal);
        var program = Path.GetDirectoryName(TestStore.Program("Nbpy.EmbeddedInflux", "Nbpy.EmbeddedInflux"))!;
        (code, output) = await store.NbpyAtAsync(nbpy, "backup", Path.Combine(store.Folder, "b"), "--store-program", program);
        Assert.True(code == 0, output);
        Directory.CreateSymbolicLink(Path.Combine(store.Folder, "programs", "Nbpy.EmbeddedInflux"), program);
        await store.StopEmbeddedAsync();
        (code, output) = await store.NbpyAtAsync(nbpy, "restore", Path.Combine(store.Folder, "b"), "--replace");
        Assert.True(code == 0, output);
    }

    [Theory]
    [InlineData("embedded")]
    [InlineData("influxd")]
    public async Task An_export_as_Parquet_is_what_another_program_reads(string kind)
    {
        await using var store = await TestStore.StartAsync(kind);
        Assert.Equal(0, (await store.NbpyAsync("retention", "create")).ExitCode);
        var start = (DateTimeOffset.UtcNow.AddHours(-1).ToUnixTimeSeconds() * 1_000_000_000) + 1;
        var lines = string.Concat(Enumerable.Range(0, 120_000).Select(i =>
            $"ticks,pair=P{i % 3}{(i % 2 == 0 ? ",side=buy" : "")} price={i}.25,count={i}i,open={(i % 2 == 0 ? "true" : "false")}{(i % 5 == 0 ? $",note=\"x, \\\"{i}\\\"\"" : "")} {start + i}\n"));
        Assert.Equal(HttpStatusCode.NoContent, await store.WriteAsync("zmq", WriterPassword, lines));

        var (code, output) = await store.NbpyAsync("export", "ticks", "--format", "parquet");
        Assert.True(code == 2 && output.Contains("--output", StringComparison.Ordinal), output);
        var file = Path.Combine(store.Folder, "ticks.parquet");
        (code, output) = await store.NbpyAsync("export", "ticks", "--format", "parquet", "--output", file, "--until", "2030-01-01");
        Assert.True(code == 0, output);
        Assert.Contains("120,000 points", output, StringComparison.Ordinal);

        using var duck = new DuckDB.NET.Data.DuckDBConnection("DataSource=:memory:");
        await duck.OpenAsync(TestContext.Current.CancellationToken);
        using var query = duck.CreateCommand();
        query.CommandText = $"""
            SELECT count(*), min(time), max(time), sum(price), sum(count)::BIGINT, count(*) FILTER (open), count(side), count(note), count(DISTINCT pair),
                   max(note) FILTER (time = {start}), bool_and(price = count + 0.25)
            FROM '{file}'
            """;
        using var row = await query.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        Assert.True(await row.ReadAsync(TestContext.Current.CancellationToken));
        Assert.Equal(
            [120_000L, start, start + 119_999, 7_199_970_000d, 7_199_940_000L, 60_000L, 60_000L, 24_000L, 3L, "x, \"0\"", true],
            Enumerable.Range(0, row.FieldCount).Select(row.GetValue));
    }

    [Theory]
    [InlineData("embedded")]
    [InlineData("influxd")]
    public async Task An_export_as_text_holds_every_kind_of_value_and_as_lines_gives_the_same_points_again(string kind)
    {
        await using var store = await TestStore.StartAsync(kind);
        Assert.Equal(0, (await store.NbpyAsync("retention", "create")).ExitCode);
        var start = (DateTimeOffset.UtcNow.AddHours(-1).ToUnixTimeSeconds() * 1_000_000_000) + 1;
        string[] lines =
        [
            $"""odd\ m\,x,pa\ ir\=é=\ a\,\=日 b=true,f=5,i=9007199254740993i,n=-9223372036854775808i,s="a \"q\" \\ b, c{'\n'}next" {start}""",
            $"""odd\ m\,x b=false,f=1e-300,s="" {start + 1}""",
        ];
        Assert.Equal(HttpStatusCode.NoContent, await store.WriteAsync("zmq", WriterPassword, string.Join('\n', lines)));

        var file = Path.Combine(store.Folder, "odd");
        Assert.Equal(0, (await store.NbpyAsync("export", "odd m,x", "--format", "csv", "-o", file, "--until", "9999-12-31")).ExitCode);
        Assert.Equal(
            $"time,pa ir=é,b,f,i,n,s\n{start},\" a,=日\",true,5,9007199254740993,-9223372036854775808,\"a \"\"q\"\" \\ b, c\nnext\"\n{start + 1},,false,1e-300,,,\n",
            await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        Assert.Equal(0, (await store.NbpyAsync("export", "odd m,x", "--format", "line", "-o", file)).ExitCode);
        Assert.Equal(string.Join('\n', lines) + "\n", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        Assert.Equal(0, (await store.NbpyAsync("export", "odd m,x", "--format", "json", "-o", file)).ExitCode);
        var first = JsonNode.Parse((await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken))[0])!;
        Assert.Equal(("a \"q\" \\ b, c\nnext", 9007199254740993), (first["fields"]!["s"]!.GetValue<string>(), first["fields"]!["i"]!.GetValue<long>()));
    }

    [Theory]
    [InlineData("embedded")]
    [InlineData("influxd")]
    public async Task More_points_of_one_time_than_a_page_holds_are_exported_once_each(string kind)
    {
        await using var store = await TestStore.StartAsync(kind);
        Assert.Equal(0, (await store.NbpyAsync("retention", "create")).ExitCode);
        var start = DateTimeOffset.UtcNow.AddHours(-1).ToUnixTimeSeconds() * 1_000_000_000;
        var lines = Enumerable.Range(0, 22_000).Select(i => $"bars,selection=S{i} close={i}i {start}").Append($"bars,selection=S0 close=1i {start + 1}").ToList();
        Assert.Equal(HttpStatusCode.NoContent, await store.WriteAsync("zmq", WriterPassword, string.Join('\n', lines)));
        var file = Path.Combine(store.Folder, "bars");
        var (code, output) = await store.NbpyAsync("export", "bars", "--format", "line", "-o", file);
        Assert.True(code == 0, output);
        Assert.Equal(lines.Order(StringComparer.Ordinal), (await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_field_whose_type_changed_from_one_shard_to_the_next_is_exported_as_the_store_gives_it()
    {
        await using var store = await TestStore.StartAsync("influxd");
        Assert.Equal(0, (await store.NbpyAsync("retention", "create")).ExitCode);
        var start = DateTimeOffset.UtcNow.AddDays(-5).ToUnixTimeSeconds() * 1_000_000_000;
        var now = DateTimeOffset.UtcNow.AddHours(-1).ToUnixTimeSeconds() * 1_000_000_000;
        Assert.Equal(HttpStatusCode.NoContent, await store.WriteAsync("zmq", WriterPassword, $"t v=1i {start}\nt v=1.5 {now}"));
        var file = Path.Combine(store.Folder, "t");
        Assert.Equal(0, (await store.NbpyAsync("export", "t", "--format", "line", "-o", file)).ExitCode);
        Assert.Equal([$"t v=1 {start}", $"t v=1.5 {now}"], await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken));
        var (code, output) = await store.NbpyAsync("export", "t", "--format", "parquet", "-o", file);
        Assert.True(code == 0, output);
    }

    private sealed class TestStore : IAsyncDisposable
    {
        private readonly RealInfluxDb? real;
        private readonly HttpClient http = new();
        private Process? embedded;

        private TestStore(RealInfluxDb? real, string folder, int port)
        {
            this.real = real;
            Folder = folder;
            Port = port;
            http.BaseAddress = new Uri($"http://127.0.0.1:{port}");
        }

        public string Folder { get; }

        public int Port { get; }

        public int? RpcPort => real?.RpcPort;

        private string ConfigPath => Path.Combine(Folder, "integration_config.json");

        public static async Task<TestStore> StartAsync(string kind, bool hasAdministrator = true)
        {
            var folder = Directory.CreateTempSubdirectory("nbpy-store-").FullName;
            var real = kind == "influxd" ? await RealInfluxDb.StartAsync(authentication: true) : null;
            var store = new TestStore(real, folder, real?.Port ?? TestSystem.FreePorts(1)[0]);
            var config = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(TestSystem.Root, "integration_config.json")))!;
            config["influxdb"]!["port"] = store.Port;
            config["docker"]!["services"]!["influxdb"]!["port"] = store.Port;
            config["influxdb"]!["admin_username"] = Admin;
            config["system"]!["socket_dir"] = Path.Combine(folder, "run");
            await File.WriteAllTextAsync(store.ConfigPath, config.ToJsonString());
            if (real is null)
                await store.StartEmbeddedAsync(hasAdministrator);
            else if (hasAdministrator)
                Assert.Contains("results", await store.QueryAsync("", "", $"CREATE USER \"{Admin}\" WITH PASSWORD '{AdminPassword}' WITH ALL PRIVILEGES"), StringComparison.Ordinal);
            return store;
        }

        public async Task StopEmbeddedAsync()
        {
            embedded!.Kill();
            await embedded.WaitForExitAsync();
        }

        public Task<(int ExitCode, string Output)> NbpyAsync(params string[] args) => RunAsync(Program("Nbpy.Cli", "nbpy"), [.. args, "--config", ConfigPath]);

        /// <summary>The nbpy of another folder, run there.</summary>
        public Task<(int ExitCode, string Output)> NbpyAtAsync(string folder, params string[] args) => RunAsync(Path.Combine(folder, "nbpy"), [.. args, "--config", ConfigPath], folder);

        public async Task<HttpStatusCode> WriteAsync(string user, string password, string lines)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/write?db=tick") { Content = new StringContent(lines) };
            request.Headers.Authorization = Basic(user, password);
            using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
            return response.StatusCode;
        }

        public async Task<string> QueryAsync(string user, string password, string statement)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/query?db=tick") { Content = new FormUrlEncodedContent([new("q", statement)]) };
            if (user.Length > 0)
                request.Headers.Authorization = Basic(user, password);
            using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
            return await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        }

        public async ValueTask DisposeAsync()
        {
            http.Dispose();
            embedded?.Kill();
            if (real is not null)
                await real.DisposeAsync();
            Directory.Delete(Folder, recursive: true);
        }

        private static AuthenticationHeaderValue Basic(string user, string password) =>
            new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));

        public static string Program(string project, string name) =>
            Path.Combine(TestSystem.Root, project, "bin", AppContext.BaseDirectory.Contains("/Release/", StringComparison.Ordinal) ? "Release" : "Debug", "net10.0", name);

        public async Task StartEmbeddedAsync(bool hasAdministrator)
        {
            var start = new ProcessStartInfo(
                Program("Nbpy.EmbeddedInflux", "Nbpy.EmbeddedInflux"),
                ["--auth", "--port", Port.ToString(System.Globalization.CultureInfo.InvariantCulture), "--data", Path.Combine(Folder, "data", "influxdb")])
            {
                RedirectStandardOutput = true,
            };
            if (hasAdministrator)
            {
                start.Environment["INFLUXDB_ADMIN_USER"] = Admin;
                start.Environment["INFLUXDB_ADMIN_PASSWORD"] = AdminPassword;
            }

            embedded = Process.Start(start)!;
            Assert.NotNull(await embedded.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        }

        private static async Task<(int ExitCode, string Output)> RunAsync(string program, IEnumerable<string> args, string folder = "")
        {
            var start = new ProcessStartInfo(program, args) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder };
            start.Environment["INFLUXDB_ADMIN_PASSWORD"] = AdminPassword;
            start.Environment["INFLUXDB_PASSWORD"] = WriterPassword;
            start.Environment["INFLUXDB_READER_PASSWORD"] = ReaderPassword;
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEndAsync();
            var error = process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(90));
            return (process.ExitCode, await output + await error);
        }
    }
}
