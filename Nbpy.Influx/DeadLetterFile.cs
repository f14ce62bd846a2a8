using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Nbpy.Influx;

/// <summary>Points that the store rejected, appended to a file as JSON lines: <c>{"time","reason","line"}</c>.</summary>
internal sealed class DeadLetterFile(string? path, TimeProvider time)
{
    private readonly Lock gate = new();

    /// <summary>Appends points with their reasons, all or none as far as the disk goes.</summary>
    /// <exception cref="IOException">The disk does not take them.</exception>
    public void Add(IEnumerable<(ReadOnlyMemory<byte> Line, string Reason)> letters)
    {
        if (path is null)
            return;
        var text = new ArrayBufferWriter<byte>();
        foreach (var (line, reason) in letters)
        {
            using (var json = new Utf8JsonWriter(text))
                JsonSerializer.Serialize(json, new { time = time.GetUtcNow(), reason, line = Encoding.UTF8.GetString(line.Span) });
            text.Write("\n"u8);
        }

        lock (gate)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            LineFile.Append(path, text.WrittenSpan);
        }
    }
}
