using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Nbpy.Influx;

/// <summary>Points that the store rejected, appended to a file as JSON lines: <c>{"time","reason","line"}</c>. A file that is full becomes
/// <c>….old</c>, in place of the one before, so that two of them are kept.</summary>
internal sealed class DeadLetterFile(string? path, long maxBytes, TimeProvider time)
{
    private readonly Lock gate = new();

    /// <summary>Appends points with their reasons, all or none as far as the disk goes.</summary>
    /// <returns>Whether the oldest were dropped for them.</returns>
    /// <exception cref="IOException">The disk does not take them.</exception>
    public bool Add(IEnumerable<(ReadOnlyMemory<byte> Line, string Reason)> letters)
    {
        if (path is null)
            return false;
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
            var dropped = IsFull(text.WrittenCount) && MakeOld();
            LineFile.Append(path, text.WrittenSpan);
            return dropped;
        }
    }

    private bool IsFull(int more) => new FileInfo(path!) is { Exists: true, Length: > 0 and var length } && length + more > maxBytes;

    private bool MakeOld()
    {
        var old = path + ".old";
        var dropped = File.Exists(old);
        File.Move(path!, old, overwrite: true);
        return dropped;
    }
}
