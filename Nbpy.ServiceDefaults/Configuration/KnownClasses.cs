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

    /// <summary>The environment variables from which a publisher takes its venue's credentials: those that its options name
    /// (<c>token_env</c> and the like), else its class's own; empty where it needs none.</summary>
    public static IReadOnlyList<string> CredentialVariables(PublisherConfig publisher)
    {
        var known = Credentials(publisher.Class);
        return
        [
            .. known.Select(c => publisher.Options.GetValueOrDefault(c.Option + NameOption) is { Length: > 0 } name ? name : c.Variable)
                .Concat(publisher.Options.Where(o => o.Key.EndsWith(NameOption, StringComparison.Ordinal) && o.Value.Length > 0).Select(o => o.Value))
                .Where(IsVariable).Distinct(StringComparer.Ordinal),
        ];
    }

    /// <summary>The variables that live data of a publisher needs and that are not set, neither themselves nor as NAME_FILE.</summary>
    /// <param name="publisher">Whose.</param>
    /// <param name="environment">A variable's value; null: the process's environment.</param>
    public static IReadOnlyList<string> MissingCredentials(PublisherConfig publisher, Func<string, string?>? environment = null)
    {
        environment ??= Environment.GetEnvironmentVariable;
        // Public trades need no key.
        if (publisher.Class == KrakenOrders && publisher.Options.GetValueOrDefault("channel") == "trade")
            return [];
        var missing = Credentials(publisher.Class)
            .Select(c => (c.Option, Name: publisher.Options.GetValueOrDefault(c.Option + NameOption) is { Length: > 0 } name ? name : c.Variable))
            .Where(c => string.IsNullOrEmpty(environment(c.Name)) && string.IsNullOrEmpty(environment(c.Name + "_FILE"))).ToDictionary(c => c.Option, c => c.Name);
        if (publisher.Class != BetfairStream)
            return [.. missing.Values];
        // A session that is open already, or what opens one.
        var signIn = missing.Where(m => m.Key is "username" or "password").Select(m => m.Value).ToList();
        return
        [
            .. missing.TryGetValue("app_key", out var key) ? (string[])[key] : [],
            .. missing.TryGetValue("session_token", out var session) && signIn.Count > 0 ? (string[])[$"{session} (or {string.Join(" and ", signIn)})"] : [],
        ];
    }

    private static bool IsVariable(string name) => !char.IsAsciiDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');

    /// <summary>The end of an option that names a variable, which is no secret itself.</summary>
    public const string NameOption = "_env";

    private static (string Option, string Variable)[] Credentials(string name) => name switch
    {
        KrakenOrders => [("api_key", "KRAKEN_API_KEY"), ("api_secret", "KRAKEN_API_SECRET")],
        OandaTick or OandaOrders => [("token", "OANDA_TOKEN"), ("account", "OANDA_ACCOUNT_ID")],
        BetfairStream =>
        [
            ("app_key", "BETFAIR_APP_KEY"), ("session_token", "BETFAIR_SESSION_TOKEN"), ("username", "BETFAIR_USERNAME"), ("password", "BETFAIR_PASSWORD"),
            ("certificate", "BETFAIR_CERTIFICATE"), ("certificate_key", "BETFAIR_CERTIFICATE_KEY"),
        ],
        TwitterSentiment => [("bearer_token", "TWITTER_BEARER_TOKEN")],
        _ => [],
    };
}
