using System.Text.Json.Nodes;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Configuration.Tests;

/// <summary>One topic over several processes: what the file's entries come to.</summary>
public sealed class ShardTests : IDisposable
{
    private readonly string file = Path.GetTempFileName();

    [Fact]
    public void A_sharded_topic_becomes_pairs_that_share_nothing_but_the_topic()
    {
        var config = Load([]);
        var publishers = config.Publishers.Where(p => p.Topic == "kraken_tick").ToList();
        Assert.Equal(["kraken_tick_1", "kraken_tick_2"], publishers.Select(p => p.Name));
        Assert.Equal([5558, 5581], publishers.Select(p => p.Port));
        Assert.Equal([6558, 6581], publishers.Select(p => p.EffectiveReplayPort));
        Assert.Equal(["BTC/USD|ETH/USD", "SOL/USD"], publishers.Select(p => string.Join('|', p.Instruments)));
        Assert.Equal(2, publishers.Select(config.RingDirectory).Distinct().Count());

        var subscribers = config.Subscribers.Where(s => s.SubscribeTo == "kraken_tick").ToList();
        Assert.Equal(["kraken_influxdb_tick_1 kraken_tick_1 5558", "kraken_influxdb_tick_2 kraken_tick_2 5581"], subscribers.Select(s => $"{s.Name} {s.Publisher} {s.PublisherPort}"));
        Assert.All(subscribers, s => Assert.Equal("kraken_tick", s.Measurement));

        // Each filter reads its own.
        Assert.Equal(["data_filter_1 kraken_tick_1 5570", "data_filter_2 kraken_tick_2 5571"], config.Publishers.Where(p => p.FilterOf is not null).Select(p => $"{p.Name} {p.Input} {p.Port}"));
        Assert.All(publishers, p => Assert.Equal(2, config.SubscriptionsTo(p)));

        // The others are as they were.
        var depth = Assert.Single(config.Publishers, p => p.Topic == "kraken_depth");
        Assert.False(depth.IsShard);
        Assert.Equal("kraken_depth", Assert.Single(config.SubscribersOf(depth)).Publisher);
    }

    [Fact]
    public void The_environment_tells_each_subscriber_where_its_own_publisher_is()
    {
        var config = Load(new() { ["services__kraken-tick-2__zmq__0"] = "tcp://elsewhere:5581" });
        Assert.Equal(["localhost", "elsewhere"], config.Subscribers.Where(s => s.SubscribeTo == "kraken_tick").Select(s => s.PublisherHost));
        Assert.Equal(["localhost", "elsewhere"], config.Publishers.Where(p => p.Topic == "kraken_tick").Select(p => p.Host));
    }

    public void Dispose() => File.Delete(file);

    private IntegrationConfig Load(Dictionary<string, string?> environment)
    {
        var json = JsonNode.Parse(File.ReadAllText(TestFiles.Default))!;
        json["publishers"]![0]!["shards"] = JsonNode.Parse("""[{ "instruments": ["BTC/USD", "ETH/USD"] }, { "port": 5581, "instruments": ["SOL/USD"] }]""");
        json["publishers"]![7]!["shards"] = JsonNode.Parse("[{}, {}]");
        File.WriteAllText(file, json.ToJsonString());
        return ConfigurationLoader.Load(file, environment);
    }
}
