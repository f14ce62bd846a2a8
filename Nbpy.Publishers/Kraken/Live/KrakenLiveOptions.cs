using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Nbpy.Publishers.Live;
using Nbpy.ServiceDefaults;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Kraken.Live;

/// <summary>What a live Kraken publisher is to do: <see cref="LiveOptions"/> and what is Kraken's own.</summary>
public sealed class KrakenLiveOptions
{
    /// <summary>Kraken's public stream.</summary>
    public const string PublicUrl = "wss://ws.kraken.com/v2";

    /// <summary>Kraken's private stream.</summary>
    public const string PrivateUrl = "wss://ws-auth.kraken.com/v2";

    /// <summary>Kraken's REST API.</summary>
    public const string DefaultRestUrl = "https://api.kraken.com";

    private static readonly int[] Depths = [10, 25, 100, 500, 1000];
    private static readonly string[] Triggers = ["trades", "bbo"];

    /// <param name="config">The publisher: one of the three Kraken classes.</param>
    /// <param name="environment">Looks a variable up; the process's environment when null.</param>
    /// <exception cref="ServiceStartException">An option means nothing; the message names it and the mend.</exception>
    public KrakenLiveOptions(PublisherConfig config, Func<string, string?>? environment = null)
    {
        var channels = ChannelsOf(config.Class);
        Channel = config.Options.GetValueOrDefault("channel") is { Length: > 0 } channel ? channel : channels[0];
        // private_url, else url, else Kraken's: a test or a proxy that sets one address gets both streams.
        var isPrivate = Channel == "executions";
        Common = new LiveOptions(Address(config, isPrivate), isPrivate ? PrivateUrl : PublicUrl, environment);
        if (!channels.Contains(Channel))
            throw Common.Wrong("channel", string.Join(" or ", channels));
        if (Common.Url.Scheme is not ("ws" or "wss"))
            throw Common.Wrong("url", $"a WebSocket's address such as {PublicUrl}");
        RestUrl = Common.UrlOf("rest_url", DefaultRestUrl);
        if (RestUrl.Scheme is not ("http" or "https"))
            throw Common.Wrong("rest_url", $"an address such as {DefaultRestUrl}");
        // Key and token go with the calls: in the clear they may go no further than this machine.
        if (isPrivate && Common.Url is { Scheme: "ws", IsLoopback: false })
            throw Common.Wrong(Common.Text("private_url") is null ? "url" : "private_url", $"an address such as {PrivateUrl} (ws without TLS on this machine only)");
        if (isPrivate && RestUrl is { Scheme: "http", IsLoopback: false })
            throw Common.Wrong("rest_url", $"an address such as {DefaultRestUrl} (http without TLS on this machine only)");
        Depth = DepthOf();
        EventTrigger = Common.Text("event_trigger") ?? Triggers[0];
        if (!Triggers.Contains(EventTrigger))
            throw Common.Wrong("event_trigger", "trades (a message per trade) or bbo (whenever the best bid or ask changes)");
        var seconds = Common.NumberOf("poll_seconds", 2);
        if (seconds is < 1 or > 3600)
            throw Common.Wrong("poll_seconds", "seconds from 1 to 3600 (Kraken allows about one call a second per address)");
        PollInterval = TimeSpan.FromSeconds(seconds);
        Symbols = Common.Instruments.Count > 0
            ? [.. Common.Instruments.Distinct(StringComparer.Ordinal)]
            : ["BTC/USD", "ETH/USD", "XRP/USD", "SOL/USD", "BTC/EUR"];
        Trusted = Common.TrustedCertificates();
        if (isPrivate)
        {
            ApiKey = Common.Credential("api_key", "KRAKEN_API_KEY");
            ApiSecret = Common.Credential("api_secret", "KRAKEN_API_SECRET");
        }
    }

    /// <summary>What every live feed has.</summary>
    public LiveOptions Common { get; }

    /// <summary><c>options.channel</c>: ticker, book, executions, trade or rest.</summary>
    public string Channel { get; }

    /// <summary>Base of the REST API.</summary>
    public Uri RestUrl { get; }

    /// <summary><c>options.depth</c>: levels of each side kept and published; 10, 25, 100, 500 or 1000.</summary>
    public int Depth { get; }

    /// <summary><c>options.event_trigger</c> of the ticker: trades or bbo.</summary>
    public string EventTrigger { get; }

    /// <summary><c>options.poll_seconds</c>: between two REST calls for one pair.</summary>
    public TimeSpan PollInterval { get; }

    /// <summary>Pairs in v2 spelling, each once.</summary>
    public IReadOnlyList<string> Symbols { get; }

    /// <summary>Certificates trusted besides the system's.</summary>
    public X509Certificate2Collection Trusted { get; }

    /// <summary>Never log it.</summary>
    public string? ApiKey { get; }

    /// <summary>Never log it.</summary>
    public string? ApiSecret { get; }

    private static string[] ChannelsOf(string publisherClass) => publisherClass switch
    {
        KnownClasses.KrakenTick => ["ticker", "rest"],
        KnownClasses.KrakenDepth => ["book", "rest"],
        KnownClasses.KrakenOrders => ["executions", "trade"],
        _ => throw new ServiceStartException($"{publisherClass} is no Kraken publisher."),
    };

    private static PublisherConfig Address(PublisherConfig config, bool isPrivate) =>
        isPrivate && config.Options.GetValueOrDefault("private_url") is { Length: > 0 } url
            ? config with { Options = new Dictionary<string, string>(config.Options, StringComparer.Ordinal) { ["url"] = url } }
            : config;

    private int DepthOf()
    {
        var text = Common.Text("depth");
        if (text is null)
            return Depths[0];
        // A call's answer has at most 500 levels a side.
        if (Channel == "rest" && text == "1000")
            throw Common.Wrong("depth", "10, 25, 100 or 500 with the channel rest");
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var depth) && Depths.Contains(depth)
            ? depth : throw Common.Wrong("depth", "10, 25, 100, 500 or 1000: Kraken refuses every other");
    }
}
