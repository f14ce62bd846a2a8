using System.Text;
using System.Text.Json;

namespace Nbpy.Influx;

/// <summary>Points that the store rejected, appended to a file as JSON lines: <c>{"time","reason","line"}</c>.</summary>
internal sealed class DeadLetterFile(string? path, TimeProvider time)
{
    private readonly Lock gate = new();

    public void Add(ReadOnlySpan<byte> line, string reason)
    {
        if (path is null)
            return;
        lock (gate)
            Append(path, line, reason);
    }

    private void Append(string path, ReadOnlySpan<byte> line, string reason)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        using var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read);
        JsonSerializer.Serialize(file, new { time = time.GetUtcNow(), reason, line = Encoding.UTF8.GetString(line) });
        file.WriteByte((byte)'\n');
    }
}
