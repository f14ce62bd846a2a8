using System.Text;
using System.Text.Json;
using Nbpy.Publishers.Decoding;

namespace Nbpy.Publishers.Replay;

/// <summary>A venue's message in a recording.</summary>
/// <param name="Payload">The bytes as the venue sent them; empty for a line that holds none (a request, a note).</param>
/// <param name="TimeNs">When it was received, where the recording says so; any zero point.</param>
internal readonly record struct RecordedLine(ReadOnlyMemory<byte> Payload, long? TimeNs)
{
    /// <summary>Takes the recording's own wrapping off a line. Three are known: none (the line is the message),
    /// <c>{"dir":"s2c","at_ms":13,"frame":"…"}</c> of the composed sessions, and <c>1618678132.949446: …</c> of
    /// cryptofeed's recordings.</summary>
    /// <exception cref="JsonException">The wrapping is broken.</exception>
    public static RecordedLine Parse(ReadOnlyMemory<byte> line)
    {
        var text = line.Span;
        if (text.StartsWith("{\"dir\""u8))
            return ParseSession(line);
        if (text.IsEmpty || text[0] is (byte)'{' or (byte)'[')
            return new RecordedLine(line, null);

        var colon = text.IndexOf(": "u8);
        if (colon > 0 && Rfc3339.TryParseUnix(text[..colon], out var time))
            return new RecordedLine(line[(colon + 2)..], time);
        // "wss://… <- time: request": what the recorder itself sent.
        return text.StartsWith("wss://"u8) || text.StartsWith("ws://"u8) ? default : new RecordedLine(line, null);
    }

    private static RecordedLine ParseSession(ReadOnlyMemory<byte> line)
    {
        using var document = JsonDocument.Parse(line);
        var root = document.RootElement;
        if (root.GetProperty("dir").GetString() != "s2c" || !root.TryGetProperty("frame", out var frame))
            return default;
        long? time = root.TryGetProperty("at_ms", out var at) && at.TryGetDecimal(out var ms) && Math.Abs(ms) < 9e12m
            ? (long)(ms * 1_000_000) : null;
        return new RecordedLine(Encoding.UTF8.GetBytes(frame.GetString() ?? ""), time);
    }
}
