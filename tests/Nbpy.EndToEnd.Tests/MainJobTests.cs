using System.Text.RegularExpressions;

namespace Nbpy.EndToEnd.Tests;

/// <summary>The main job as a user runs it: real processes, real sockets.</summary>
[Collection(OneSystem.Name)]
public sealed class MainJobTests
{
    private static readonly TimeSpan RunLimit = TimeSpan.FromSeconds(180);

    [Theory]
    [InlineData("simulated", false)]
    [InlineData("replay", true)]
    public async Task Every_topic_streams_and_is_stored_and_nothing_is_left_behind(string source, bool encrypted)
    {
        await using var system = TestSystem.Create();
        if (encrypted)
        {
            var keys = Path.Combine(system.Folder, "keys");
            Messaging.CurveKeys.Create().Write(keys);
            system.Config["system"]!["curve_keys"] = keys;
        }

        system.Start("--source", source, "--exit-after", "validation");
        var exitCode = await system.WaitForExitAsync(RunLimit);

        Assert.True(exitCode == 0, system.Output + system.Logs());
        foreach (var topic in system.TopicPorts.Keys)
            Assert.Matches($@"✓ {topic}: \d+ messages, rate: \d+\.\d msg/sec", system.Output);
        Assert.Contains("✓ ALL TOPICS STREAMING SUCCESSFULLY", system.Output, StringComparison.Ordinal);
        Assert.Contains("✓ INFLUXDB DATA INGESTION SUCCESSFUL", system.Output, StringComparison.Ordinal);
        ClosingSums.AssertNothingLost(system);
        await system.AssertNoSurvivorsAsync(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task The_same_run_passes_against_a_real_InfluxDB()
    {
        await using var influxd = await RealInfluxDb.StartAsync();
        await using var system = TestSystem.Create();
        system.Config["influxdb"]!["port"] = influxd.Port;
        system.Config["urls"]!["influxdb_api"] = $"http://localhost:{influxd.Port}";
        system.Start("--influx", "external", "--exit-after", "validation");
        var exitCode = await system.WaitForExitAsync(RunLimit);

        Assert.True(exitCode == 0, system.Output + system.Logs());
        ClosingSums.AssertNothingLost(system);
        using var http = new HttpClient();
        var policies = await http.GetStringAsync($"http://localhost:{influxd.Port}/query?db=tick&q=SHOW+RETENTION+POLICIES", TestContext.Current.CancellationToken);
        foreach (var policy in (string[])["default", "high_frequency", "long_term"])
            Assert.Contains($"\"{policy}\"", policies, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Five_mistakes_are_five_errors_with_their_places_and_nothing_starts()
    {
        await using var system = TestSystem.Create();
        var config = system.Config;
        config["publishers"]![0]!["class"] = "KrakenTikPublisher";
        config["publishers"]![2]!["port"] = config["publishers"]![1]!["port"]!.GetValue<int>();
        config["subscribers"]![0]!["subscribe_to"] = "kraken_tock";
        config["subscribers"]![1]!["influxdb_measurement"] = "no_such_measurement";
        config["influxdb"]!["retention_policies"]!["default"]!["duration"] = "30 days";
        system.Start();
        Assert.Equal(2, await system.WaitForExitAsync(TimeSpan.FromSeconds(20)));
        foreach (var path in (string[])["$.publishers[0].class", "$.publishers[2].port", "$.subscribers[0].subscribe_to", "$.subscribers[1].influxdb_measurement", "$.influxdb.retention_policies.default.duration"])
            Assert.Matches(@"integration_config\.json:\d+\s+" + Regex.Escape(path) + @"\s", system.Output);
        Assert.Empty(system.Survivors());
    }

    [Fact]
    public async Task Live_data_without_credentials_is_one_error_that_lists_them_and_nothing_starts()
    {
        await using var system = TestSystem.Create();
        system.Start("--source", "live");
        Assert.Equal(2, await system.WaitForExitAsync(TimeSpan.FromSeconds(20)));
        foreach (var missing in (string[])["kraken_orders +KRAKEN_API_KEY, KRAKEN_API_SECRET", "oanda_tick +OANDA_TOKEN, OANDA_ACCOUNT_ID", "twitter_sentiment +TWITTER_BEARER_TOKEN"])
            Assert.Matches(missing, system.Output);
        Assert.DoesNotContain("kraken_tick ", system.Output, StringComparison.Ordinal);
        Assert.Empty(system.Survivors());
    }

    [Fact]
    public async Task A_port_already_taken_is_named_before_anything_starts()
    {
        await using var system = TestSystem.Create();
        var port = system.TopicPorts["kraken_depth"];
        using var holder = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, port);
        holder.Start();
        system.Start("--exit-after", "validation");
        Assert.NotEqual(0, await system.WaitForExitAsync(TimeSpan.FromSeconds(20)));
        Assert.Contains(port.ToString(System.Globalization.CultureInfo.InvariantCulture), system.Output, StringComparison.Ordinal);
        Assert.Contains(Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture), system.Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(system.Folder, "data", "influxdb")), "The store was started all the same.");
    }
}
