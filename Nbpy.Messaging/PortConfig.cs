using System.Collections.Frozen;

namespace Nbpy.Messaging;

/// <summary>The well-known topics and the TCP ports their publishers bind. A configuration file may choose others.</summary>
public static class PortConfig
{
    public const int KrakenTick = 5558;
    public const int KrakenDepth = 5560;
    public const int KrakenOrders = 5561;
    public const int OandaTick = 5562;
    public const int OandaOrders = 5563;
    public const int BetfairStream = 5564;
    public const int TwitterSentiment = 5565;

    /// <summary>The data filter, which republishes as <c>TOPIC_filtered</c>.</summary>
    public const int Filtered = 5570;

    /// <summary>The port of a publisher's replay socket where nothing else is configured: 1,000 above its own (below it, where
    /// that would be no port).</summary>
    public static int ReplayPort(int port) => port + 1000 <= 65535 ? port + 1000 : port - 1000;

    /// <summary>What a filtered topic's name ends with.</summary>
    public const string FilteredSuffix = "_filtered";

    /// <summary>Port of each well-known topic.</summary>
    public static FrozenDictionary<string, int> Topics { get; } = new Dictionary<string, int>
    {
        ["kraken_tick"] = KrakenTick,
        ["kraken_depth"] = KrakenDepth,
        ["kraken_orders"] = KrakenOrders,
        ["oanda_tick"] = OandaTick,
        ["oanda_orders"] = OandaOrders,
        ["betfair_stream"] = BetfairStream,
        ["twitter_sentiment"] = TwitterSentiment,
    }.ToFrozenDictionary(StringComparer.Ordinal);
}
