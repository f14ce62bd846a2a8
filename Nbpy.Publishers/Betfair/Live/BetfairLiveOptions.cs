using System.Text.Json.Nodes;
using Nbpy.Publishers.Live;
using Nbpy.ServiceDefaults;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Betfair.Live;

/// <summary>What the configuration and the environment say of the live Betfair feed (docs/venues/betfair.md).</summary>
public sealed class BetfairLiveOptions
{
    private const string Interactive = "https://identitysso.betfair.com/api/login";
    private const string ByCertificate = "https://identitysso-cert.betfair.com/api/certlogin";

    /// <exception cref="ServiceStartException">An option means nothing, or no market is asked for.</exception>
    public BetfairLiveOptions(PublisherConfig config, Func<string, string?>? environment = null)
    {
        Common = new LiveOptions(config, "tls://stream-api.betfair.com:443", environment);
        AppKey = Common.Credential("app_key", "BETFAIR_APP_KEY");
        SessionToken = Common.Credential("session_token", "BETFAIR_SESSION_TOKEN");
        Username = Common.Credential("username", "BETFAIR_USERNAME");
        Password = Common.Credential("password", "BETFAIR_PASSWORD");
        CertificateFile = Common.Credential("certificate", "BETFAIR_CERTIFICATE");
        CertificateKeyFile = Common.Credential("certificate_key", "BETFAIR_CERTIFICATE_KEY");
        LoginUrl = Common.UrlOf("login_url", CertificateFile is null ? Interactive : ByCertificate);
        HeartbeatMs = (int)Within("heartbeat_ms", 5000, 500, 5000);
        ConflateMs = (int)Within("conflate_ms", 0, 0, 120_000);
        LadderLevels = (int)Within("ladder_levels", 3, 1, 10);
        MarketFilter = ReadFilter();
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
    public Uri LoginUrl { get; }
    public int HeartbeatMs { get; }
    public int ConflateMs { get; }
    public int LadderLevels { get; }

    /// <summary>Betfair's marketFilter.</summary>
    public JsonObject MarketFilter { get; }

    /// <summary>Names of the variables that are needed and not set.</summary>
    public IReadOnlyList<string> Missing =>
    [
        .. AppKey is null ? (string[])["BETFAIR_APP_KEY"] : [],
        .. SessionToken is null && (Username is null || Password is null) ? (string[])["BETFAIR_SESSION_TOKEN (or BETFAIR_USERNAME and BETFAIR_PASSWORD)"] : [],
    ];

    /// <summary>The same without looking at the other options: what is not configured at all lacks a market, not a credential.</summary>
    public static IReadOnlyList<string> MissingCredentials(PublisherConfig config) =>
        new BetfairLiveOptions(config with { Instruments = config.Instruments.Count > 0 ? config.Instruments : ["0"] }).Missing;

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

        var filter = node as JsonObject ?? [];
        var ids = (node as JsonArray)?.Select(i => i!.ToString()).Concat(Common.Instruments) ?? Common.Instruments;
        if (ids.ToArray() is { Length: > 0 } marketIds)
            filter["marketIds"] = new JsonArray([.. marketIds.Select(i => (JsonNode)i)]);
        return filter.Count > 0 ? filter : throw new ServiceStartException(
            $"'{Common.Name}' asks for live data and for no market; set instruments (market ids), or options.markets (a marketFilter such as {{\"eventTypeIds\":[\"1\"],\"marketTypes\":[\"MATCH_ODDS\"]}}).");
    }
}
