using System.Globalization;
using System.Text.Json;
using Nbpy.Messaging;
using Nbpy.Publishers.Decoding;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Generic;

/// <summary>What a message is to a <see cref="GenericDecoder"/>.</summary>
public enum GenericKind
{
    /// <summary>It counts: see <see cref="GenericDecoder.Messages"/> and <see cref="GenericDecoder.Mismatches"/>.</summary>
    Data,

    /// <summary>A sign of life.</summary>
    Heartbeat,

    /// <summary>None of those that <c>where</c> asks for.</summary>
    Unknown,

    /// <summary>No JSON.</summary>
    Malformed,
}

/// <summary>JSON messages to messages of a topic, as the configuration says. Not for use by two threads at once.</summary>
/// <param name="config">The mapping.</param>
public sealed class GenericDecoder(WebSocketFeedConfig config)
{
    private const NumberStyles Decimal = NumberStyles.Float;
    private readonly List<MarketMessage> messages = [];

    /// <summary>What the last message became.</summary>
    public IReadOnlyList<MarketMessage> Messages => messages;

    /// <summary>Items of the last message that do not fit the mapping.</summary>
    public int Mismatches { get; private set; }

    /// <summary>What was wrong with the last message that was malformed or did not fit.</summary>
    public string? LastError { get; private set; }

    /// <summary>Decodes one message.</summary>
    /// <param name="text">UTF-8.</param>
    /// <param name="receivedNs">Stands in where the mapping has no timestamp.</param>
    public GenericKind Decode(ReadOnlyMemory<byte> text, long receivedNs)
    {
        messages.Clear();
        Mismatches = 0;
        try
        {
            using var document = JsonDocument.Parse(text);
            var root = document.RootElement;
            if (config.Heartbeat.Count > 0 && Matches(root, config.Heartbeat))
                return GenericKind.Heartbeat;
            if (!Matches(root, config.Where))
                return GenericKind.Unknown;
            Read(root, receivedNs);
            return GenericKind.Data;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // No JSON, or a string in it that is no text.
            messages.Clear();
            LastError = e.Message;
            return GenericKind.Malformed;
        }
    }

    private static bool Matches(JsonElement root, IReadOnlyList<PathMatch> wanted)
    {
        foreach (var match in wanted)
        {
            if (TextOf(match.Path.Find(root, root)) is not { } text || !match.Values.Contains(text))
                return false;
        }

        return true;
    }

    private void Read(JsonElement root, long receivedNs)
    {
        var items = config.Items is { } path ? path.Find(root, root) : root;
        if (items.ValueKind == JsonValueKind.Array && config.Items is not null)
        {
            foreach (var item in items.EnumerateArray())
                ReadItem(item, root, receivedNs);
        }
        else if (items.ValueKind == JsonValueKind.Undefined)
        {
            Mismatch($"there is no {config.Items}");
        }
        else
        {
            ReadItem(items, root, receivedNs);
        }
    }

    private void ReadItem(JsonElement item, JsonElement root, long receivedNs)
    {
        var values = new MessageField[config.Tags.Count + config.Fields.Count];
        var count = 0;
        foreach (var tag in config.Tags)
        {
            if (!TryValue(tag, item, root, out var value))
                return;
            if (value.Kind == FieldKind.None)
            {
                Mismatch($"the tag {tag.Name} is missing ({tag.Path})");
                return;
            }

            values[count++] = new MessageField(tag.Name, value);
        }

        var any = false;
        foreach (var field in config.Fields)
        {
            if (!TryValue(field, item, root, out var value))
                return;
            any |= value.Kind != FieldKind.None && field.Path is not null;
            values[count++] = new MessageField(field.Name, value);
        }

        if (!any)
            Mismatch("it has none of the fields");
        else if (TryTime(item, root, receivedNs, out var time))
            messages.Add(new MarketMessage(time, values));
    }

    // A value that is not there (or null) is left out; one of another type makes the item a mismatch.
    private bool TryValue(MappedValue wanted, JsonElement item, JsonElement root, out FieldValue value)
    {
        value = default;
        string? text;
        if (wanted.Path is null)
        {
            text = wanted.Constant;
        }
        else
        {
            var found = wanted.Path.Find(item, root);
            if (found.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
                return true;
            text = TextOf(found);
        }

        if (text is not null && TryConvert(wanted.Type, text, out value))
            return true;
        Mismatch($"{wanted.Name} ({wanted.Path}) is no {wanted.Type.ToString().ToLowerInvariant()}");
        return false;
    }

    private static bool TryConvert(MappedType type, string text, out FieldValue value)
    {
        value = default;
        switch (type)
        {
            case MappedType.Number when decimal.TryParse(text, Decimal, CultureInfo.InvariantCulture, out var number):
                value = number;
                return true;
            case MappedType.Integer when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var integer):
                value = integer;
                return true;
            case MappedType.Boolean when text is "true" or "false":
                value = text == "true";
                return true;
            case MappedType.String:
                value = text;
                return true;
            default:
                return false;
        }
    }

    private bool TryTime(JsonElement item, JsonElement root, long receivedNs, out long time)
    {
        time = receivedNs;
        if (config.Timestamp is null)
            return true;
        if (TextOf(config.Timestamp.Find(item, root)) is { } text && TryTime(text, out time))
            return true;
        Mismatch($"the timestamp ({config.Timestamp}) is missing or no {config.TimestampUnit.ToString().ToLowerInvariant()}");
        return false;
    }

    private bool TryTime(string text, out long ns)
    {
        ns = 0;
        if (config.TimestampUnit == TimestampUnit.Rfc3339)
            return Rfc3339.TryParse(text, out ns);
        if (!decimal.TryParse(text, Decimal, CultureInfo.InvariantCulture, out var number) || Math.Abs(number) > long.MaxValue)
            return false;
        number *= config.TimestampUnit switch { TimestampUnit.S => 1_000_000_000, TimestampUnit.Ms => 1_000_000, TimestampUnit.Us => 1000, _ => 1 };
        if (number is <= 0 or > long.MaxValue)
            return false;
        ns = (long)number;
        return true;
    }

    // A string's content, a number's own digits, true or false; null for everything else.
    private static string? TextOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number => value.GetRawText(),
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => null,
    };

    private void Mismatch(string error)
    {
        Mismatches++;
        LastError = error;
    }
}
