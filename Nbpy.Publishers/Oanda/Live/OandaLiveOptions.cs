using System.Security.Cryptography.X509Certificates;
using Nbpy.Publishers.Live;
using Nbpy.ServiceDefaults;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Oanda.Live;

/// <summary>What a live OANDA publisher is to do: <see cref="LiveOptions"/> and what is OANDA's own.</summary>
public sealed class OandaLiveOptions
{
    private const string TokenVariable = "OANDA_TOKEN";
    private const string AccountVariable = "OANDA_ACCOUNT_ID";

    /// <param name="config">The publisher: one of the two OANDA classes.</param>
    /// <param name="environment">Looks a variable up; the process's environment when null.</param>
    /// <exception cref="ServiceStartException">An option means nothing; the message names it and the mend.</exception>
    public OandaLiveOptions(PublisherConfig config, Func<string, string?>? environment = null)
    {
        var kind = config.Options.GetValueOrDefault("environment") is { Length: > 0 } e ? e : "practice";
        // OANDA's two environments; a token of one is refused by the other.
        var (stream, rest) = kind == "live"
            ? ("https://stream-fxtrade.oanda.com", "https://api-fxtrade.oanda.com")
            : ("https://stream-fxpractice.oanda.com", "https://api-fxpractice.oanda.com");
        Common = new LiveOptions(config, stream, environment);
        if (kind is not ("practice" or "live"))
            throw Common.Wrong("environment", "practice or live: the kind of account that the token belongs to");
        RestUrl = Common.UrlOf("rest_url", rest);
        Check("url", Common.Url, stream);
        Check("rest_url", RestUrl, rest);
        Instruments = Common.Instruments.Count > 0
            ? [.. Common.Instruments.Distinct(StringComparer.Ordinal)]
            : ["EUR_USD", "GBP_USD", "USD_JPY", "AUD_USD", "USD_CAD"];
        Trusted = Common.TrustedCertificates();
        Token = Common.Credential("token", TokenVariable);
        Account = Common.Credential("account", AccountVariable);
        if (Account?.All(char.IsAsciiDigit) == true)
            throw new ServiceStartException(
                $"{config.Name}: {Common.Text("account_env") ?? AccountVariable} is an account of OANDA's old API; v20 accounts look like 101-004-1234567-001.");
    }

    /// <summary>What every live feed has.</summary>
    public LiveOptions Common { get; }

    /// <summary>Base of the REST API.</summary>
    public Uri RestUrl { get; }

    /// <summary>Instruments in OANDA's spelling, each once.</summary>
    public IReadOnlyList<string> Instruments { get; }

    /// <summary>Certificates trusted besides the system's.</summary>
    public X509Certificate2Collection Trusted { get; }

    /// <summary>Never log it.</summary>
    public string? Token { get; }

    /// <summary>Never log it.</summary>
    public string? Account { get; }

    // Every call carries the token: in the clear it may go no further than this machine.
    private void Check(string option, Uri url, string example)
    {
        if (url.Scheme != Uri.UriSchemeHttps && !(url.Scheme == Uri.UriSchemeHttp && url.IsLoopback))
            throw Common.Wrong(option, $"an address such as {example} (http without TLS on this machine only)");
    }
}
