using System.Text.Json;
using Nbpy.ServiceDefaults;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.AppHost.Tests;

/// <summary>The last thing an operator reads of a run.</summary>
public sealed class ClosingReportTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("nbpy-closing-").FullName;
    private readonly string run = RunName.New(DateTimeOffset.UtcNow);

    private string State => Path.Combine(folder, "run");

    [Fact]
    public void A_run_of_more_than_a_day_says_its_days()
    {
        Assert.Contains("Stopped after 1 d 00:10:00.", Report(Config(), new TimeSpan(24, 10, 0)), StringComparison.Ordinal);
        Assert.Contains("Stopped after 23:59:59.", Report(Config(), new TimeSpan(23, 59, 59)), StringComparison.Ordinal);
    }

    [Fact]
    public void What_an_earlier_run_left_in_the_spool_or_the_ring_hides_no_loss_of_this_one()
    {
        // 100 published now, 10 of them nowhere; 50 were found in the spool and are stored too.
        Leave("mine", (CounterNames.Published, 100));
        Leave("mine_influx", (CounterNames.Stored, 140), (CounterNames.EarlierRuns, 50));
        var report = Report(Config());
        Assert.Contains("Published 100 messages, stored 90, spooled 0, rejected 0, lost 10.", report, StringComparison.Ordinal);
        Assert.Contains("50 messages of an earlier run were taken over", report, StringComparison.Ordinal);
    }

    [Fact]
    public void What_an_earlier_run_left_and_the_store_still_does_not_take_is_not_this_ones_spool()
    {
        Leave("mine", (CounterNames.Published, 100));
        Leave("mine_influx", (CounterNames.Spooled, 150), (CounterNames.EarlierRuns, 50));
        Assert.Contains("Published 100 messages, stored 0, spooled 100, rejected 0, lost 0.", Report(Config()), StringComparison.Ordinal);
    }

    [Fact]
    public void A_subscriber_of_the_users_own_that_counts_nothing_has_lost_nothing_that_anybody_knows_of()
    {
        Leave("mine", (CounterNames.Published, 100));
        var report = Report(Config(sinkProject: "Mine/Mine.csproj"));
        Assert.Contains("lost 0.", report, StringComparison.Ordinal);
        Assert.Contains("100 messages went to programs that count nothing: mine_influx", report, StringComparison.Ordinal);
        Assert.DoesNotContain("No counters from mine_influx", report, StringComparison.Ordinal);
    }

    [Fact]
    public void A_service_of_ours_without_counters_is_named_and_what_it_did_not_store_is_lost()
    {
        Leave("mine", (CounterNames.Published, 100));
        var report = Report(Config());
        Assert.Contains("lost 100.", report, StringComparison.Ordinal);
        Assert.Contains("No counters from mine_influx", report, StringComparison.Ordinal);
    }

    [Fact]
    public void A_runs_name_says_when_it_began()
    {
        var began = new DateTimeOffset(2031, 5, 6, 7, 8, 9, 123, TimeSpan.Zero);
        Assert.Equal((ulong)began.ToUnixTimeMilliseconds() * 1_000_000, RunName.StartNs(RunName.New(began)));
        Assert.Equal(0UL, RunName.StartNs("published"));
        Assert.Equal(0UL, RunName.StartNs(Guid.NewGuid().ToString("N")));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private IntegrationConfig Config(string? sinkProject = null)
    {
        var path = Path.Combine(folder, "integration_config.json");
        Directory.CreateDirectory(Path.Combine(folder, "Mine"));
        File.WriteAllText(Path.Combine(folder, "Mine", "Mine.csproj"), "<Project/>");
        File.WriteAllText(path, $$"""
            {
              "influxdb": { "measurements": { "mine": { "tags": ["symbol"], "fields": ["price"] } } },
              "publishers": [ { "name": "mine", "class": "KrakenTickPublisher", "topic": "mine", "port": 5600, "ring_messages": 0 } ],
              "subscribers": [ { "name": "mine_influx", "class": "InfluxDBSubscriber", "subscribe_to": "mine", "publisher_port": 5600, "influxdb_measurement": "mine"
                {{(sinkProject is null ? "" : $", \"project\": \"{sinkProject}\"")}} } ]
            }
            """);
        return ConfigurationLoader.Load(path, new Dictionary<string, string?>());
    }

    private void Leave(string service, params (string Name, long Value)[] counters)
    {
        Directory.CreateDirectory(State);
        File.WriteAllText(Path.Combine(State, service + ".json"), JsonSerializer.Serialize(counters.ToDictionary(c => c.Name, c => c.Value)));
    }

    private string Report(IntegrationConfig config, TimeSpan elapsed = default)
    {
        using var output = new StringWriter();
        ClosingReport.Write(config, State, run, elapsed, output);
        return output.ToString();
    }
}
