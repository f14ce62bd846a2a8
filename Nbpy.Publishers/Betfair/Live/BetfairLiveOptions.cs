using System.Text.Json.Nodes;
using Nbpy.Publishers.Live;
using Nbpy.ServiceDefaults;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Betfair.Live;

/// <summary>What the configuration and the environment say of the live Betfair feed (docs/venues/betfair.md).</summary>
public sealed class BetfairLiveOptions
{
    /// <summary>The longest that Betfair takes.</summary>
    public const int DefaultHeartbeatMs = 5000;

    private const string DefaultUrl = "tls://stream-api.betfair.com:443";
    private const int DefaultPort = 443;
    private const string Interactive = "https://identitysso.betfair.com/api/login";
    private const string ByCertificate = "https://identitysso-cert.betfair.com/api/certlogin";

    /// <summary>Fields that deliver what is offered.</summary>
    private static readonly string[] Offers = ["EX_BEST_OFFERS", "EX_BEST_OFFERS_DISP", "EX_ALL_OFFERS"];
    private static readonly string[] DefaultFields = ["EX_BEST_OFFERS", "EX_TRADED", "EX_TRADED_VOL", "EX_LTP", "EX_MARKET_DEF"];

    /// <exception cref="ServiceStartException">An option means nothing, or no market is asked for.</exception>
    public BetfairLiveOptions(PublisherConfig config, Func<string, string?>? environment = null)
    {
        Common = new LiveOptions(config, DefaultUrl, environment);
        // The session token goes over it: TLS is not an option.
        if (Common.Url.Scheme != "tls")
            throw Common.Wrong("url", $"an address such as {DefaultUrl}");
        AppKey = Common.Credential("app_key", "BETFAIR_APP_KEY");
        SessionToken = Common.Credential("session_token", "BETFAIR_SESSION_TOKEN");
        Username = Common.Credential("username", "BETFAIR_USERNAME");
        Password = Common.Credential("password", "BETFAIR_PASSWORD");
        CertificateFile = Common.Credential("certificate", "BETFAIR_CERTIFICATE");
        CertificateKeyFile = Common.Credential("certificate_key", "BETFAIR_CERTIFICATE_KEY");
        var login = CertificateFile is null ? Interactive : ByCertificate;
        LoginUrl = Private("login_url", login);
        if (LoginUrl.AbsolutePath == "/")
            LoginUrl = new Uri(LoginUrl, new Uri(login).AbsolutePath);
        KeepAliveUrl = Private("keep_alive_url", KeepAliveBeside(LoginUrl));
        KeepAlive = TimeSpan.FromMinutes(Within("keep_alive_minutes", 10, 1, 600));
        HeartbeatMs = (int)Within("heartbeat_ms", DefaultHeartbeatMs, 500, DefaultHeartbeatMs);
        ConflateMs = (int)Within("conflate_ms", 0, 0, 120_000);
        LadderLevels = (int)Within("ladder_levels", 3, 1, 10);
        Fields = FieldsOf(config);
        Orders = WantsOrders(config);
        DeliversOffers = OffersIn(Fields);
        MarketFilter = Orders ? [] : ReadFilter();
    }

    public LiveOptions Common { get; }
    public string? AppKey { get; }

    /// <summary>A session that somebody else has opened; else the feed signs in by itself.</summary>
    public string? SessionToken { get; }
    public string? Username { get; }
    public string? Password { get; }

    /// <summary>PEM files of the client certificate and its key, for the login of programs.</summary>
    public string? CertificateFile { get; }
    public string? CertificateKeyFile { get; }

    /// <summary>The login; of a host alone, Betfair's own path on it.</summary>
    public Uri LoginUrl { get; }

    /// <summary>Where a session's life is prolonged, and how often.</summary>
    public Uri KeepAliveUrl { get; }
    public TimeSpan KeepAlive { get; }
    public int HeartbeatMs { get; }
    public int ConflateMs { get; }
    public int LadderLevels { get; }

    /// <summary>Betfair's marketDataFilter fields.</summary>
    public IReadOnlyList<string> Fields { get; }

    /// <summary>True when they hold what is offered: a side without a ladder is then one on which nothing is offered.</summary>
    public bool DeliversOffers { get; }

    /// <summary>True for the account's orders in place of prices (<c>options.channel</c> is <c>orders</c>).</summary>
    public bool Orders { get; }

    /// <summary>Betfair's marketFilter; empty for orders.</summary>
    public JsonObject MarketFilter { get; }

    /// <summary>The port of the stream.</summary>
    public int Port => Common.Url.Port < 0 ? DefaultPort : Common.Url.Port;

    /// <summary>True where a session that has ended can be opened anew.</summary>
    public bool CanSignIn => Username is not null && Password is not null;

    /// <summary>True when the configuration asks for the account's orders.</summary>
    /// <exception cref="ServiceStartException"><c>options.channel</c> means nothing.</exception>
    public static bool WantsOrders(PublisherConfig config) => config.Options.GetValueOrDefault("channel") switch
    {
        null or "" or "markets" => false,
        "orders" => true,
        var other => throw new ServiceStartException($"{config.Name}: options.channel is '{other}'; it has to be markets or orders."),
    };

    /// <summary><see cref="DeliversOffers"/> of a configuration, without looking at the other options.</summary>
    /// <exception cref="ServiceStartException"><c>options.fields</c> means nothing.</exception>
    public static bool OffersOf(PublisherConfig config) => OffersIn(FieldsOf(config));

    private static bool OffersIn(IReadOnlyList<string> fields) => fields.Any(Offers.Contains);

    private static IReadOnlyList<string> FieldsOf(PublisherConfig config)
    {
        if (config.Options.GetValueOrDefault("fields") is not { Length: > 0 } text)
            return DefaultFields;
        try
        {
            if (JsonNode.Parse(text) is JsonArray { Count: > 0 } list)
                return [.. list.Select(f => f!.GetValue<string>())];
        }
        catch (Exception e) when (e is System.Text.Json.JsonException or InvalidOperationException or NullReferenceException)
        {
            // The same as a list of something else.
        }

        throw new ServiceStartException($"{config.Name}: options.fields is '{text}'; it has to be a list such as [\"EX_BEST_OFFERS\", \"EX_LTP\"].");
    }

    // https://identitysso-cert.betfair.com/api/certlogin has its keepAlive on https://identitysso.betfair.com.
    private static string KeepAliveBeside(Uri login) => new UriBuilder(login)
    {
        Host = login.Host.Replace("identitysso-cert.", "identitysso.", StringComparison.OrdinalIgnoreCase), Path = "/api/keepAlive", Query = "",
    }.Uri.AbsoluteUri;

    // Password and session go there: in the clear they may go no further than this machine.
    private Uri Private(string option, string otherwise)
    {
        var url = Common.UrlOf(option, otherwise);
        return url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && url.IsLoopback)
            ? url : throw Common.Wrong(option, $"an address such as {otherwise} (http without TLS on this machine only)");
    }

    private double Within(string option, double otherwise, double least, double most) =>
        Common.NumberOf(option, otherwise) is var value && value >= least && value <= most ? value : throw Common.Wrong(option, $"a number from {least} to {most}");

    /// <summary><c>options.markets</c>: a filter as Betfair takes it, or a list of market ids; <c>instruments</c> are market ids too.</summary>
    private JsonObject ReadFilter()
    {
        JsonNode? node = null;
        try
        {
            node = Common.Text("markets") is { } text ? JsonNode.Parse(text) : null;
        }
        catch (System.Text.Json.JsonException)
        {
            throw Common.Wrong("markets", "a list of market ids, or a marketFilter object");
        }

        if (node is JsonValue || (node as JsonArray)?.Any(i => i is not JsonValue) == true)
            throw Common.Wrong("markets", "a list of market ids, or a marketFilter object");
        var filter = node as JsonObject ?? [];
        var ids = (node as JsonArray)?.Select(i => i!.ToString()).Concat(Common.Instruments) ?? Common.Instruments;
        if (ids.ToArray() is { Length: > 0 } marketIds)
            filter["marketIds"] = new JsonArray([.. marketIds.Select(i => (JsonNode)i)]);
        return filter.Count > 0 ? filter : throw new ServiceStartException(
            $"'{Common.Name}' asks for live data and for no market; set instruments (market ids), or options.markets (a marketFilter such as {{\"eventTypeIds\":[\"1\"],\"marketTypes\":[\"MATCH_ODDS\"]}}).");
    }
}
