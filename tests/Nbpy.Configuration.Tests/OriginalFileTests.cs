using System.Text.Json.Nodes;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Configuration.Tests;

/// <summary>A file as it was written for the Python system: its keys, its ports, its publishers without subscribers.</summary>
public sealed class OriginalFileTests
{
    [Fact]
    public void It_loads_as_it_is_and_what_has_no_effect_any_more_is_said_once()
    {
        var config = ConfigurationLoader.Load(Path.Combine(AppContext.BaseDirectory, "original.json"), new Dictionary<string, string?>());
        Assert.Equal(["kraken_tick", "kraken_depth", "kraken_orders", "oanda_tick", "betfair_stream"], config.EnabledPublishers.Select(p => p.Topic));
        Assert.Equal(["kraken_tick", "kraken_depth", "oanda_tick"], config.EnabledSubscribers.Select(s => s.Measurement));
        Assert.Equal(["author", "topic", "location"], config.InfluxDb.Measurements["twitter_sentiment"].Tags);
        Assert.Equal(("30d", "1d", true), config.InfluxDb.RetentionPolicies.Where(p => p.Name == "default").Select(p => (p.Duration, p.ShardDuration, p.Default)).Single());
        Assert.Equal("grafana/grafana:latest", config.Docker.Grafana.Image);
        foreach (var key in (string[])["module", "startup_sequence", "signal_handlers", "stop_sequence", "health_check_url"])
            Assert.Single(config.Notes, note => note.Contains(key, StringComparison.Ordinal) && note.Contains("no effect", StringComparison.Ordinal));
    }

    [Fact]
    public void Of_the_store_what_is_said_in_two_places_counts_where_everybody_looks_and_the_other_place_is_named()
    {
        var json = JsonNode.Parse(File.ReadAllText(TestFiles.Default))!;
        var influxdb = json["docker"]!["services"]!["influxdb"]!;
        influxdb["port"] = 18086;
        influxdb["admin_user"] = "root";
        json["urls"]!["influxdb_api"] = "http://elsewhere:8086";
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        IntegrationConfig config;
        try
        {
            File.WriteAllText(path, json.ToJsonString());
            config = ConfigurationLoader.Load(path, new Dictionary<string, string?>());
        }
        finally
        {
            File.Delete(path);
        }

        Assert.Equal(8086, config.InfluxDb.Port);
        Assert.Equal("http://localhost:8086", config.Urls.InfluxDbApi.TrimEnd('/'));
        foreach (var key in (string[])["docker.services.influxdb.port (18086)", "admin_user", "urls.influxdb_api (http://elsewhere:8086)"])
            Assert.Single(config.Notes, note => note.Contains(key, StringComparison.Ordinal) && note.Contains("no effect", StringComparison.Ordinal));
    }
}
