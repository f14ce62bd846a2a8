using System.Text.Json;
using System.Text.Json.Nodes;
using Nbpy.Publishers.Live;
using Nbpy.ServiceDefaults;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Twitter.Live;

/// <summary>What the configuration and the environment say of the live X feed (docs/venues/twitter.md).</summary>
public sealed class TwitterLiveOptions
{
    private const string DefaultUrl = "https://api.x.com/2/tweets/search/stream";

    private static readonly TimeSpan LeastWait = TimeSpan.FromMilliseconds(250);
    private static readonly string[] DefaultTopics = ["bitcoin", "ethereum"];

    /// <exception cref="ServiceStartException">An option means nothing.</exception>
    public TwitterLiveOptions(PublisherConfig config, Func<string, string?>? environment = null)
    {
        // The least wait; what X asks for comes on top of it (TwitterBackOff).
        Common = new LiveOptions(config, DefaultUrl, environment) { ReconnectInitial = LeastWait, ReconnectCap = LeastWait };
        // Every call carries the token: in the clear it may go no further than this machine.
        if (Common.Url.Scheme != Uri.UriSchemeHttps && !(Common.Url.Scheme == Uri.UriSchemeHttp && Common.Url.IsLoopback))
            throw Common.Wrong("url", $"an address such as {DefaultUrl} (http without TLS on this machine only)");
        var isBase = Common.Url.AbsolutePath.TrimEnd('/') is "" or "/2";
        Stream = (isBase ? new Uri(Common.Url, new Uri(DefaultUrl).AbsolutePath) : Common.Url).GetLeftPart(UriPartial.Path).TrimEnd('/');
        Token = Common.Credential("bearer_token", "TWITTER_BEARER_TOKEN");
        var minutes = Common.NumberOf("backfill_minutes", 0);
        if (minutes is < 0 or > 5 || minutes != Math.Floor(minutes))
            throw Common.Wrong("backfill_minutes", "a whole number from 0 to 5");
        BackfillMinutes = (int)minutes;
        Rules = RulesOf(config);
    }

    public LiveOptions Common { get; }

    /// <summary>Address of the stream without a query; of a host alone, or the API's base on it (<c>/2</c>), X's own path there.</summary>
    public string Stream { get; }

    /// <summary>Never log it.</summary>
    public string? Token { get; }

    /// <summary>Posts of so many minutes before a reconnect are asked for again; higher plans only.</summary>
    public int BackfillMinutes { get; }

    /// <summary>Rules by value, with the topic that a match is published under.</summary>
    public IReadOnlyDictionary<string, string> Rules { get; }

    /// <summary><c>options.rules</c>: {"topic": "rule", …}, or rules as X's API takes them: [{"value": "rule", "tag": "topic"}, …]; else a rule for
    /// each of <c>instruments</c>.</summary>
    /// <exception cref="ServiceStartException">The option means nothing.</exception>
    public static IReadOnlyDictionary<string, string> RulesOf(PublisherConfig config)
    {
        var text = config.Options.GetValueOrDefault("rules");
        try
        {
            if (text is { Length: > 0 })
                return Read(JsonNode.Parse(text)!).ToDictionary(r => r.Value, r => r.Topic, StringComparer.Ordinal);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException or NullReferenceException)
        {
            throw new ServiceStartException($"{config.Name}: options.rules is '{text}'; it has to be an object such as {{\"bitcoin\": \"bitcoin lang:en -is:retweet\"}}, or a list such as [{{\"value\": \"bitcoin lang:en\", \"tag\": \"bitcoin\"}}].");
        }

        IReadOnlyList<string> topics = config.Instruments.Count > 0 ? config.Instruments : DefaultTopics;
        return topics.Distinct(StringComparer.Ordinal).ToDictionary(t => $"{(t.Contains(' ', StringComparison.Ordinal) ? $"\"{t}\"" : t)} lang:en -is:retweet", t => t, StringComparer.Ordinal);
    }

    // A rule without a tag is its own topic.
    private static IEnumerable<(string Value, string Topic)> Read(JsonNode rules) => rules is JsonArray list
        ? list.Select(r => r is JsonValue ? (r.GetValue<string>(), r.GetValue<string>()) : OfApi(r!.AsObject()))
        : rules.AsObject().Select(r => (r.Value!.GetValue<string>(), r.Key));

    private static (string Value, string Topic) OfApi(JsonObject rule)
    {
        var value = rule["value"]!.GetValue<string>();
        return (value, rule["tag"]?.GetValue<string>() is { Length: > 0 } tag ? tag : value);
    }
}
