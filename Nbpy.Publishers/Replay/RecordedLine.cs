using System.Text;
using System.Text.Json;
using Nbpy.Publishers.Decoding;

namespace Nbpy.Publishers.Replay;

/// <summary>What a line of a recording is.</summary>
internal enum RecordedKind
{
    /// <summary>Something for people, or what was sent to the venue.</summary>
    Other,

    /// <summary>A message of the venue.</summary>
    Message,

    /// <summary>A connection was opened.</summary>
    Connected,

    /// <summary>The first line of what <c>nbpy record</c> writes.</summary>
    Header,
}

/// <summary>A line of a recording.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Payload">A message's bytes as the venue sent them; the class of a header; else empty.</param>
/// <param name="TimeNs">When it was received, where the recording says so; any zero point.</param>
internal readonly record struct RecordedLine(RecordedKind Kind, ReadOnlyMemory<byte> Payload, long? TimeNs)
{
    /// <summary>Takes the recording's own wrapping off a line. Three are known: none (the line is the message),
    /// <c>{"dir":"s2c","at_ms":13,"frame":"…"}</c> of <c>nbpy record</c> and of the composed sessions, and
    /// <c>1618678132.949446: …</c> of cryptofeed's recordings.</summary>
    /// <exception cref="JsonException">The wrapping is broken.</exception>
    public static RecordedLine Parse(ReadOnlyMemory<byte> line)
    {
        var text = line.Span;
        if (IsWrapped(text))
            return ParseSession(line);
        if (text.IsEmpty || text[0] is (byte)'{' or (byte)'[')
            return Message(line, null);

        var colon = text.IndexOf(": "u8);
        if (colon > 0 && Rfc3339.TryParseUnix(text[..colon], out var time))
            return Message(line[(colon + 2)..], time);
        // "wss://… <- time: request": what the recorder itself sent.
        return text.StartsWith("wss://"u8) || text.StartsWith("ws://"u8) ? default : Message(line, null);
    }

    // Members come in any order; a venue's own message may have the word somewhere inside.
    private static bool IsWrapped(ReadOnlySpan<byte> text)
    {
        text = text.TrimStart(" \t"u8);
        if (text.IsEmpty || text[0] != '{' || text.IndexOf("\"dir\""u8) < 0)
            return false;
        var reader = new Utf8JsonReader(text);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isDirection = reader.ValueTextEquals("dir"u8);
            reader.Read();
            if (isDirection)
                return reader.TokenType == JsonTokenType.String && IsDirection(ref reader);
            reader.Skip();
        }

        return false;
    }

    private static bool IsDirection(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("s2c"u8) || reader.ValueTextEquals("c2s"u8) || reader.ValueTextEquals("note"u8)
        || reader.ValueTextEquals("http"u8) || reader.ValueTextEquals("disconnect"u8);

    private static RecordedLine Message(ReadOnlyMemory<byte> payload, long? timeNs) =>
        new(payload.IsEmpty ? RecordedKind.Other : RecordedKind.Message, payload, timeNs);

    private static RecordedLine ParseSession(ReadOnlyMemory<byte> line)
    {
        using var document = JsonDocument.Parse(line);
        var root = document.RootElement;
        long? time = root.TryGetProperty("at_ms", out var at) && at.ValueKind == JsonValueKind.Number && at.TryGetDecimal(out var ms) && Math.Abs(ms) < 9e12m
            ? (long)(ms * 1_000_000) : null;
        if (root.TryGetProperty("nbpy_recording", out _))
            return new RecordedLine(RecordedKind.Header, Encoding.UTF8.GetBytes(root.GetProperty("class").GetString() ?? ""), time);
        if (root.TryGetProperty("note", out var note) && note.ValueKind == JsonValueKind.String && note.ValueEquals("connected"u8))
            return new RecordedLine(RecordedKind.Connected, default, time);
        if (root.GetProperty("dir").GetString() != "s2c" || !root.TryGetProperty("frame", out var frame))
            return default;
        // A frame that is JSON itself, rather than its text, is taken as it is written.
        return Message(Encoding.UTF8.GetBytes((frame.ValueKind == JsonValueKind.String ? frame.GetString() : frame.GetRawText()) ?? ""), time);
    }
}
