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
        if (text.StartsWith("{\"dir\""u8))
            return ParseSession(line);
        if (text.IsEmpty || text[0] is (byte)'{' or (byte)'[')
            return Message(line, null);

        var colon = text.IndexOf(": "u8);
        if (colon > 0 && Rfc3339.TryParseUnix(text[..colon], out var time))
            return Message(line[(colon + 2)..], time);
        // "wss://… <- time: request": what the recorder itself sent.
        return text.StartsWith("wss://"u8) || text.StartsWith("ws://"u8) ? default : Message(line, null);
    }

    private static RecordedLine Message(ReadOnlyMemory<byte> payload, long? timeNs) =>
        new(payload.IsEmpty ? RecordedKind.Other : RecordedKind.Message, payload, timeNs);

    private static RecordedLine ParseSession(ReadOnlyMemory<byte> line)
    {
        using var document = JsonDocument.Parse(line);
        var root = document.RootElement;
        long? time = root.TryGetProperty("at_ms", out var at) && at.TryGetDecimal(out var ms) && Math.Abs(ms) < 9e12m
            ? (long)(ms * 1_000_000) : null;
        if (root.TryGetProperty("nbpy_recording", out _))
            return new RecordedLine(RecordedKind.Header, Encoding.UTF8.GetBytes(root.GetProperty("class").GetString() ?? ""), time);
        if (root.TryGetProperty("note", out var note) && note.ValueEquals("connected"u8))
            return new RecordedLine(RecordedKind.Connected, default, time);
        return root.GetProperty("dir").GetString() == "s2c" && root.TryGetProperty("frame", out var frame)
            ? Message(Encoding.UTF8.GetBytes(frame.GetString() ?? ""), time) : default;
    }
}
