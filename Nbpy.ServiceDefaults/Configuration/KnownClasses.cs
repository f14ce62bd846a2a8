namespace Nbpy.ServiceDefaults.Configuration;

/// <summary>The classes that a configuration may name.</summary>
public static class KnownClasses
{
    public const string KrakenTick = "KrakenTickPublisher";
    public const string KrakenDepth = "KrakenDepthPublisher";
    public const string KrakenOrders = "KrakenOrdersPublisher";
    public const string OandaTick = "OandaTickPublisher";
    public const string OandaOrders = "OandaOrdersPublisher";
    public const string BetfairStream = "BetfairStreamPublisher";
    public const string TwitterSentiment = "TwitterSentimentPublisher";
    public const string GenericWebSocket = "GenericWebSocketPublisher";
    public const string DataFilter = "DataFilterPublisher";

    /// <summary>Publishers that are part of NBPY.</summary>
    public static IReadOnlySet<string> Publishers { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        KrakenTick, KrakenDepth, KrakenOrders, OandaTick, OandaOrders, BetfairStream, TwitterSentiment, GenericWebSocket, DataFilter,
    };

    /// <summary>True for the generic subscriber under any of the original's names (<c>…ToInfluxDBSubscriber</c>).</summary>
    public static bool IsInfluxDbSubscriber(string name) =>
        name == "InfluxDBSubscriber" || name.EndsWith("ToInfluxDBSubscriber", StringComparison.Ordinal);

    /// <summary>True where silence is a fault at any hour: elsewhere a market closes, or nobody orders anything.</summary>
    public static bool NeverRests(string name) => name is KrakenTick or KrakenDepth;

    /// <summary>The environment variables that hold credentials for a class's venue; empty where it needs none.</summary>
    public static IReadOnlyList<string> CredentialVariables(string name) => name switch
    {
        KrakenOrders => ["KRAKEN_API_KEY", "KRAKEN_API_SECRET"],
        OandaTick or OandaOrders => ["OANDA_TOKEN", "OANDA_ACCOUNT_ID"],
        BetfairStream => ["BETFAIR_APP_KEY", "BETFAIR_SESSION_TOKEN", "BETFAIR_USERNAME", "BETFAIR_PASSWORD"],
        TwitterSentiment => ["TWITTER_BEARER_TOKEN"],
        _ => [],
    };
}
