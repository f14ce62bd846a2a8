using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Grafana.Tests;

internal static class Configurations
{
    private static readonly string[] Topics = ["kraken_tick", "kraken_depth", "kraken_orders", "oanda_tick", "oanda_orders", "betfair_stream", "twitter_sentiment", "weather"];

    /// <summary>The design's seven measurements, and a user's own in a policy of its own.</summary>
    public static IntegrationConfig Seven(int storePort) => new()
    {
        Path = "test",
        System = new SystemConfig { DataDir = Path.Combine(Path.GetTempPath(), "nbpy-viewer-" + Guid.NewGuid().ToString("N")) },
        Grafana = new GrafanaConfig { AdminPassword = "s3cret" },
        Downsampling = new DownsamplingConfig { Measurements = new Dictionary<string, IReadOnlyList<string>> { ["kraken_tick"] = ["bid", "ask"] } },
        Publishers = [.. Topics.Select((t, i) => new PublisherConfig { Name = t, Class = "Any", Port = 5558 + i, Topic = t })],
        Subscribers = [.. Topics.Select((t, i) => new SubscriberConfig { Name = t + "_influxdb", Class = "Any", SubscribeTo = t, PublisherPort = 5558 + i, Measurement = t })],
        InfluxDb = new InfluxDbConfig
        {
            Host = "127.0.0.1",
            Port = storePort,
            Password = "store-pw",
            RetentionPolicies =
            [
                new() { Name = "default", Duration = "30d", Default = true },
                new() { Name = "high_frequency", Duration = "7d" },
                new() { Name = "long_term", Duration = "365d" },
            ],
            Measurements = new[]
            {
                M("kraken_tick", "pair exchange", "bid ask last_trade_price volume vwap"),
                M("kraken_depth", "pair level exchange", "bid_price bid_size ask_price ask_size"),
                M("kraken_orders", "pair status type side exchange", "order_id price amount filled_amount fee"),
                M("oanda_tick", "instrument exchange", "bid ask spread volume"),
                M("oanda_orders", "instrument status type side exchange", "order_id price units profit_loss"),
                M("betfair_stream", "event_id market_id selection_id exchange", "back_price back_size lay_price lay_size last_traded_price matched_amount"),
                M("twitter_sentiment", "topic lang exchange", "sentiment_score positive neutral negative text_length followers author location"),
                M("weather", "station", "temperature wind sky rain") with { RetentionPolicy = "high_frequency" },
            }.ToDictionary(m => m.Name),
        },
    };

    private static MeasurementConfig M(string name, string tags, string fields) => new() { Name = name, Tags = tags.Split(' '), Fields = fields.Split(' ') };
}
