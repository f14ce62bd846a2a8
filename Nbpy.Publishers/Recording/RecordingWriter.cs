using System.IO.Compression;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Nbpy.Publishers.Live;

namespace Nbpy.Publishers.Recording;

/// <summary>Writes a recording that the replay reads: one line a message,
/// <c>{"dir":"s2c","at_ms":1893456000000.123456,"frame":"…"}</c>, with the receive time in ms since the Unix epoch (six decimals: ns) and
/// the venue's text as a JSON string. A name that ends in <c>.gz</c> is compressed.</summary>
/// <remarks>Orders of an account may be in it: the file is its owner's alone. Text that is not UTF-8 (no venue may send it) is kept with
/// the broken bytes replaced. Every <see cref="FlushEvery"/> of receive time what was written goes to the file, so that a recorder that
/// is killed loses no more than that. Empty messages (keep-alives of HTTP streams) are left out. For one thread at a time.</remarks>
public sealed class RecordingWriter : IRawSink, IDisposable
{
    /// <summary>The longest that a message waits in memory while others follow.</summary>
    public static readonly TimeSpan FlushEvery = TimeSpan.FromSeconds(1);

    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly string path;
    private readonly Stream file;
    private readonly Utf8JsonWriter json;
    private readonly MemoryStream line = new();
    private long? lastFlushNs;
    private long messages;
    private bool closed;

    /// <param name="path">The file; one that exists is left alone.</param>
    /// <exception cref="RecordingException">It exists already, or cannot be made.</exception>
    public RecordingWriter(string path)
    {
        this.path = path;
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.Read, BufferSize = 64 * 1024 };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            Stream stream = new FileStream(path, options);
            file = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(stream, CompressionLevel.Optimal) : stream;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new RecordingException(
                File.Exists(path) ? $"{path} exists already; a recording never overwrites: choose another name, or delete it." : $"{path} cannot be made: {e.Message}", e);
        }

        json = new Utf8JsonWriter(line, Relaxed);
    }

    /// <summary>Messages written so far. Readable from any thread.</summary>
    public long Messages => Interlocked.Read(ref messages);

    /// <inheritdoc/>
    /// <exception cref="RecordingException">The file cannot be written (a full disk, for one).</exception>
    public void Write(ReadOnlySpan<byte> message, long receivedNs)
    {
        if (message.IsEmpty)
            return;
        line.SetLength(0);
        json.Reset();
        json.WriteStartObject();
        json.WriteString("dir"u8, "s2c"u8);
        json.WriteNumber("at_ms"u8, receivedNs / 1_000_000m);
        if (System.Text.Unicode.Utf8.IsValid(message))
            json.WriteString("frame"u8, message);
        else
            json.WriteString("frame"u8, Encoding.UTF8.GetString(message));
        json.WriteEndObject();
        json.Flush();
        line.WriteByte((byte)'\n');
        lastFlushNs ??= receivedNs;
        Guarded(() =>
        {
            file.Write(line.GetBuffer(), 0, (int)line.Length);
            if (Math.Abs(receivedNs - lastFlushNs.Value) < FlushEvery.TotalNanoseconds)
                return;
            file.Flush();
            lastFlushNs = receivedNs;
        });
        Interlocked.Increment(ref messages);
    }

    /// <summary>Writes what is left and closes the file.</summary>
    /// <exception cref="RecordingException">It cannot be written.</exception>
    public void Dispose()
    {
        if (closed)
            return;
        closed = true;
        json.Dispose();
        Guarded(file.Dispose);
    }

    private void Guarded(Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RecordingException($"{path} cannot be written: {e.Message}", e);
        }
    }
}
