using System.Globalization;
using System.Text.Json;
using Nbpy.Messaging;
using Nbpy.Publishers.Decoding;

namespace Nbpy.Publishers.Twitter;

/// <summary>Lines of the filtered stream of X (API v2) to messages of the topic twitter_sentiment. Not for use by two threads
/// at once.</summary>
/// <param name="topicOf">The topic of a rule, by its id and tag; null for a rule of somebody else. Without it every rule counts,
/// and its tag is the topic.</param>
public sealed class TwitterStreamDecoder(Func<string?, string?, string?>? topicOf = null)
{
    /// <summary>How many ids are remembered to find duplicates.</summary>
    public const int RememberedIds = 10_000;

    /// <summary>Ids from here on hold the time of their making: milliseconds since <see cref="IdEpochMs"/> above 22 bits. Older ones were counted.</summary>
    private const long FirstTimedId = 30_000_000_000;
    private const long IdEpochMs = 1_288_834_974_657;

    private readonly HashSet<string> known = new(StringComparer.Ordinal);
    private readonly Queue<string> oldest = new();

    /// <summary>Posts that became a message.</summary>
    public long Posts { get; private set; }

    /// <summary>Posts seen before, dropped.</summary>
    public long Duplicates { get; private set; }

    /// <summary>Posts that match rules of others only, dropped.</summary>
    public long Foreign { get; private set; }

    /// <summary>Messages of errors without a post; the server closes the stream after them.</summary>
    public long Errors { get; private set; }

    /// <summary>Lines that are no message of the stream.</summary>
    public long Malformed { get; private set; }

    /// <summary>What the last error or malformed line was.</summary>
    public string? LastError { get; private set; }

    /// <summary>Decodes one line, without its CR LF. A blank line is the stream's keep-alive.</summary>
    /// <param name="line">Its bytes.</param>
    /// <param name="receivedNs">When it came, ns since the Unix epoch, for a post that does not say when it was written; 0 where nobody knows.</param>
    /// <returns>One message for a new post, none otherwise.</returns>
    public IReadOnlyList<MarketMessage> Decode(ReadOnlySpan<byte> line, long receivedNs = 0)
    {
        if (line.Trim(" \t\r\n"u8).IsEmpty)
            return [];
        try
        {
            var reader = new Utf8JsonReader(line);
            using var document = JsonDocument.ParseValue(ref reader);
            // Throws when anything follows.
            reader.Read();
            return Read(document.RootElement, receivedNs);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            Malformed++;
            LastError = e.Message;
            return [];
        }
    }

    // {"data":{"author_id":"…","created_at":"…","id":"…","lang":"en","text":"…","geo":{"place_id":"…"}},
    //  "includes":{"users":[{"id":"…","username":"…","location":"…","public_metrics":{"followers_count":10}}],
    //  "places":[{"id":"…","full_name":"…"}]},"matching_rules":[{"id":"…","tag":"bitcoin"}]}
    // Data and errors together are a post of which an expansion failed.
    private IReadOnlyList<MarketMessage> Read(JsonElement root, long receivedNs)
    {
        if (Child(root, "data") is not { ValueKind: JsonValueKind.Object } post)
        {
            if (Items(root, "errors").FirstOrDefault() is not { ValueKind: JsonValueKind.Object } error)
                throw new FormatException("A message has neither data nor errors.");
            Errors++;
            LastError = Text(error, "detail") ?? Text(error, "title") ?? "An error without detail.";
            return [];
        }

        var id = Text(post, "id") ?? throw new FormatException("A post has no id.");
        if (known.Contains(id))
        {
            Duplicates++;
            return [];
        }

        var topics = Topics(root);
        if (topics.Count == 0 && topicOf is not null)
        {
            Foreign++;
            return [];
        }

        var message = ToMessage(root, post, id, topics, receivedNs);
        Remember(id);
        Posts++;
        return [message];
    }

    // In X's order; the first is the post's topic.
    private List<string> Topics(JsonElement root) =>
    [
        .. Items(root, "matching_rules")
            .Select(rule => topicOf is null ? Text(rule, "tag") : topicOf(Text(rule, "id"), Text(rule, "tag")))
            .OfType<string>().Where(topic => topic.Length > 0).Distinct(StringComparer.Ordinal),
    ];

    // Without field parameters X sends no created_at; an id says when it was made.
    private static long TimeOf(JsonElement post, string id, long receivedNs)
    {
        var created = Text(post, "created_at");
        if (Rfc3339.TryParse(created, out var time))
            return time;
        if (long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= FirstTimedId)
            return ((number >> 22) + IdEpochMs) * 1_000_000;
        return receivedNs != 0 || created is null ? receivedNs : throw new FormatException("A post's created_at is not RFC 3339.");
    }

    private static MarketMessage ToMessage(JsonElement root, JsonElement post, string id, List<string> topics, long receivedNs)
    {
        var time = TimeOf(post, id, receivedNs);
        var escaped = Text(post, "text") ?? throw new FormatException("A post has no text.");
        // The ampersand last: "&amp;lt;" is a post that says "&lt;".
        var text = escaped.Replace("&lt;", "<", StringComparison.Ordinal).Replace("&gt;", ">", StringComparison.Ordinal)
            .Replace("&amp;", "&", StringComparison.Ordinal);
        var score = VaderSentimentAnalyzer.Default.Score(text);

        var authorId = Text(post, "author_id");
        var includes = Child(root, "includes");
        var user = ById(includes, "users", authorId);
        var place = ById(includes, "places", Text(Child(post, "geo"), "place_id"));
        return new MarketMessage(time,
        [
            new("topic", topics.Count > 0 ? topics[0] : "none"), new("lang", Filled(post, "lang") ?? "und"), new("exchange", "twitter"),
            new("sentiment_score", score.Compound), new("positive", score.Positive), new("neutral", score.Neutral),
            new("negative", score.Negative), new("text_length", text.EnumerateRunes().Count()),
            new("followers", Followers(user)), new("author", Filled(user, "username") ?? authorId),
            new("location", Filled(user, "location") ?? Filled(place, "full_name") ?? "unknown"),
            new("topics", topics.Count > 1 ? string.Join(',', topics) : null),
        ]);
    }

    private void Remember(string id)
    {
        if (oldest.Count == RememberedIds)
            known.Remove(oldest.Dequeue());
        oldest.Enqueue(id);
        known.Add(id);
    }

    // 1e3 and 10.0 are whole numbers too.
    private static FieldValue Followers(JsonElement user) =>
        Child(Child(user, "public_metrics"), "followers_count") is { ValueKind: JsonValueKind.Number } count
            && count.TryGetDecimal(out var followers) && decimal.IsInteger(followers) && followers is >= 0 and <= long.MaxValue ? (long)followers : default(FieldValue);

    private static JsonElement ById(JsonElement includes, string list, string? id) =>
        id is null ? default : Items(includes, list).FirstOrDefault(item => Text(item, "id") == id);

    // Of kind Undefined where there is none.
    private static JsonElement Child(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : default;

    private static IEnumerable<JsonElement> Items(JsonElement element, string name) =>
        Child(element, name) is { ValueKind: JsonValueKind.Array } array ? array.EnumerateArray() : [];

    // Ids have been seen as numbers.
    private static string? Text(JsonElement element, string name) => Child(element, name) switch
    {
        { ValueKind: JsonValueKind.String } value => value.GetString(),
        { ValueKind: JsonValueKind.Number } value => value.GetRawText(),
        _ => null,
    };

    private static string? Filled(JsonElement element, string name) =>
        Text(element, name) is { Length: > 0 } text ? text : null;
}
