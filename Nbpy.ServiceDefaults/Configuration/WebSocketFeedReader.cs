using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Nbpy.ServiceDefaults.Configuration;

/// <summary>Reads the <c>options</c> of a <see cref="KnownClasses.GenericWebSocket"/>; every mistake with its place and the mend.</summary>
internal sealed class WebSocketFeedReader
{
    private const int MostMessages = 1000;
    private const string PathForm = "a path such as data.price, levels[0].p or $.channel";
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    // The publisher's own keys (docs/message-contract.md).
    private static readonly string[] Reserved = ["timestamp", "source", "_seq", "_epoch", "_sent"];

    private readonly SectionReader s;
    private readonly IReadOnlyList<string> instruments;

    private WebSocketFeedReader(SectionReader section, IReadOnlyList<string> instruments)
    {
        s = section;
        this.instruments = instruments;
    }

    public static WebSocketFeedConfig Read(SectionReader publisher, PublisherConfig config)
    {
        if (config.Source == SourceKind.Simulated)
            publisher.Error("source", $"{KnownClasses.GenericWebSocket} has no made-up prices; write live, or replay with options.file.");
        var options = publisher.Section("options");
        if (!options.Exists)
            publisher.Error("options", $"'options' is missing; {KnownClasses.GenericWebSocket} needs url and fields in it.");
        var feed = new WebSocketFeedReader(options, config.Instruments).Read(urlNeeded: config.Source != SourceKind.Replay);
        // What every live feed and every replay has; they read it themselves.
        options.Accept("ca_file", "queue_capacity", "timing_scale", "file", "replay_file", "speed", "loop", "offset", "max_gap");
        if (options.Exists)
            options.RefuseOthers();
        return feed;
    }

    private WebSocketFeedConfig Read(bool urlNeeded)
    {
        var url = s.TextOrNull("url");
        if (s.Exists && (url is null ? urlNeeded && s.Find("url") is null : !Uri.TryCreate(url, UriKind.Absolute, out var u) || u.Scheme is not ("ws" or "wss") || u.Host.Length == 0))
            s.Error("url", url is null ? "'url' is missing; give the WebSocket's address, such as wss://example.org/stream." : $"'{url}' is no WebSocket's address; write one such as wss://example.org/stream.");
        var tags = Values("tags", MappedType.String);
        var fields = Values("fields", MappedType.Number);
        if (s.Exists && fields.Count == 0 && s.Find("fields") is null or { Members.Count: 0 })
            s.Error("fields", "'fields' is missing; name at least one, such as \"fields\": { \"price\": \"data.p\" }.");
        foreach (var both in fields.Select(f => f.Name).Intersect(tags.Select(t => t.Name)))
            s.Error("fields", $"'{both}' is a field and a tag; keep it in one of the two.");
        var timestamp = s.Section("timestamp");
        var ping = s.Section("ping");
        var feed = new WebSocketFeedConfig
        {
            Subscribe = Subscribe(),
            Where = Matches("where"),
            Heartbeat = Matches("heartbeat"),
            Items = PathOf(s, "items"),
            Tags = tags,
            Fields = fields,
            Timestamp = PathOf(timestamp, "path"),
            TimestampUnit = timestamp.Choice<TimestampUnit>("unit") ?? TimestampUnit.Ms,
            Ping = ping.Find("message") is { } message ? TextOf(message) : null,
            PingEvery = TimeSpan.FromSeconds(ping.Integer("every_seconds", 30, 1, 3600)),
            StaleAfter = TimeSpan.FromSeconds(s.Integer("stale_seconds", 60, 1, 86_400)),
            KeepNewest = s.TextOrNull("keep") == "newest",
        };
        if (s.TextOrNull("keep") is { } keep and not ("all" or "newest"))
            s.Error("keep", $"'{keep}' is neither all nor newest.");
        if (timestamp.Exists && timestamp.Find("path") is null)
            timestamp.Error("path", $"'path' is missing; give {PathForm}, or leave the timestamp out to take the time of receipt.");
        if (timestamp.Exists && timestamp.Find("unit") is null)
            timestamp.Error("unit", "'unit' is missing; write s, ms, us, ns or rfc3339.");
        if (ping.Exists && ping.Find("message") is null)
            ping.Error("message", "'message' is missing; give what is to be sent.");
        timestamp.RefuseOthers();
        ping.RefuseOthers();
        return feed;
    }

    private static ValuePath? PathOf(SectionReader section, string key)
    {
        if (section.TextOrNull(key) is not { } text)
            return null;
        var path = ValuePath.Parse(text);
        if (path is null)
            section.Error(key, $"'{text}' is no path; write {PathForm}.");
        return path;
    }

    private List<PathMatch> Matches(string key)
    {
        var matches = new List<PathMatch>();
        foreach (var (text, node) in s.Section(key).Members)
        {
            List<ConfigNode> values = node.Type == JsonTokenType.StartArray ? node.Items : [node];
            if (ValuePath.Parse(text) is not { } path)
                Error(node, $"'{text}' is no path; write {PathForm}.");
            else if (values.Count == 0 || values.Any(v => v.Type is JsonTokenType.StartArray or JsonTokenType.StartObject or JsonTokenType.Null))
                Error(node, "This must be a string, a number, true or false, or an array of them.");
            else
                matches.Add(new PathMatch(path, [.. values.Select(v => v.Text)]));
        }

        return matches;
    }

    private List<MappedValue> Values(string key, MappedType usual)
    {
        var values = new List<MappedValue>();
        foreach (var (name, node) in s.Section(key).Members)
        {
            if (name.Length == 0 || Reserved.Contains(name))
                Error(node, $"'{name}' is a name of the publisher's own; choose another.");
            else if (Value(name, node, usual) is { } value)
                values.Add(value);
        }

        return values;
    }

    // "p", or { "path": "p", "type": "integer" }, or { "value": "my exchange" }
    private MappedValue? Value(string name, ConfigNode node, MappedType usual)
    {
        if (node.Type == JsonTokenType.String)
        {
            if (ValuePath.Parse(node.Text) is { } path)
                return new MappedValue(name, usual, path, null);
            Error(node, $"'{node.Text}' is no path; write {PathForm}, or {{ \"value\": … }} for a constant.");
            return null;
        }

        if (node.Type != JsonTokenType.StartObject)
        {
            Error(node, $"This must be {PathForm}, or an object with path and type, or with value.");
            return null;
        }

        var section = new SectionReader(node, node.Path, s.Errors);
        var constant = section.Find("value");
        var at = PathOf(section, "path");
        var type = section.Choice<MappedType>("type");
        section.RefuseOthers();
        if (constant is null == section.Find("path") is null)
            section.Error("path", constant is null ? $"'path' is missing; give {PathForm}." : "There is a path and a value; keep one of the two.");
        else if (constant is { Type: JsonTokenType.StartArray or JsonTokenType.StartObject })
            section.Error("value", "This must be a string, a number, true or false.");
        else if (constant is not null)
            return new MappedValue(name, usual == MappedType.String ? usual : type ?? TypeOf(constant), null, constant.Text);
        else if (usual == MappedType.String && type is not null and not MappedType.String)
            section.Error("type", "A tag is always a string; leave the type out, or make it a field.");
        else if (at is not null)
            return new MappedValue(name, type ?? usual, at, null);
        return null;
    }

    private static MappedType TypeOf(ConfigNode constant) => constant.Type switch
    {
        JsonTokenType.True or JsonTokenType.False => MappedType.Boolean,
        JsonTokenType.Number => MappedType.Number,
        _ => MappedType.String,
    };

    private List<string> Subscribe()
    {
        if (s.Find("subscribe") is not { } node)
            return [];
        List<ConfigNode> entries = node.Type == JsonTokenType.StartArray ? node.Items : [node];
        var texts = entries.SelectMany(Expand).Take(MostMessages + 1).ToList();
        if (texts.Count > MostMessages)
            s.Error("subscribe", string.Create(CultureInfo.InvariantCulture, $"These are more than {MostMessages} messages; put several instruments into one."));
        return texts;
    }

    // {instrument}: a message each; "{instruments}": all as an array.
    private IEnumerable<string> Expand(ConfigNode node)
    {
        var text = TextOf(node);
        if (instruments.Count == 0 && (text.Contains("{instrument}", StringComparison.Ordinal) || text.Contains("{instruments}", StringComparison.Ordinal)))
        {
            Error(node, "This asks for the instruments, and the publisher has none; add \"instruments\": [ \"…\" ] to it.");
            return [];
        }

        text = text.Replace("\"{instruments}\"", JsonSerializer.Serialize(instruments, Plain), StringComparison.Ordinal);
        return text.Contains("{instrument}", StringComparison.Ordinal)
            ? instruments.Select(i => text.Replace("{instrument}", node.Type == JsonTokenType.String ? i : JsonSerializer.Serialize(i, Plain)[1..^1], StringComparison.Ordinal))
            : [text];
    }

    private static string TextOf(ConfigNode node) =>
        node.Type == JsonTokenType.String ? node.Text : JsonNode.Parse(node.Text, null, Lenient)?.ToJsonString(Plain) ?? "null";

    private void Error(ConfigNode node, string message) => s.Errors.Add(new ConfigurationError(node.Path, node.Line, message));
}
