using System.Text.Json;
using System.Text.Json.Nodes;
using Nbpy.Publishers.Live;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Twitter.Live;

/// <summary>What the configuration and the environment say of the live X feed (docs/venues/twitter.md).</summary>
public sealed class TwitterLiveOptions
{
    /// <summary>Rules of ours begin their tag so that those of other programs on the same account are left alone.</summary>
    public const string TagPrefix = "nbpy:";

    private static readonly string[] DefaultTopics = ["bitcoin", "ethereum"];

    /// <exception cref="ServiceDefaults.ServiceStartException">An option means nothing.</exception>
    public TwitterLiveOptions(PublisherConfig config, Func<string, string?>? environment = null)
    {
        Common = new LiveOptions(config, "https://api.x.com/2/tweets/search/stream", environment)
        {
            ReconnectInitial = TimeSpan.FromMilliseconds(250),
            ReconnectCap = TimeSpan.FromSeconds(16),
        };
        Token = Common.Credential("bearer_token", "TWITTER_BEARER_TOKEN");
        var minutes = Common.NumberOf("backfill_minutes", 0);
        if (minutes is < 0 or > 5 || minutes != Math.Floor(minutes))
            throw Common.Wrong("backfill_minutes", "a whole number from 0 to 5");
        BackfillMinutes = (int)minutes;
        Rules = ReadRules();
    }

    public LiveOptions Common { get; }
    public string? Token { get; }

    /// <summary>Posts of so many minutes before a reconnect are asked for again; higher plans only.</summary>
    public int BackfillMinutes { get; }

    /// <summary>Rules by value, with the topic that a match is published under.</summary>
    public IReadOnlyDictionary<string, string> Rules { get; }

    /// <summary>Names of the variables that are needed and not set.</summary>
    public IReadOnlyList<string> Missing => Token is null ? ["TWITTER_BEARER_TOKEN"] : [];

    /// <summary><c>options.rules</c>: {"topic": "rule", …}; else a rule for each of <c>instruments</c>.</summary>
    private Dictionary<string, string> ReadRules()
    {
        try
        {
            if (Common.Text("rules") is { } text)
                return JsonNode.Parse(text)!.AsObject().ToDictionary(r => r.Value!.GetValue<string>(), r => r.Key, StringComparer.Ordinal);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException or NullReferenceException)
        {
            throw Common.Wrong("rules", "an object such as {\"bitcoin\": \"bitcoin lang:en -is:retweet\"}");
        }

        IReadOnlyList<string> topics = Common.Instruments.Count > 0 ? Common.Instruments : DefaultTopics;
        return topics.ToDictionary(t => $"{(t.Contains(' ', StringComparison.Ordinal) ? $"\"{t}\"" : t)} lang:en -is:retweet", t => t, StringComparer.Ordinal);
    }
}
