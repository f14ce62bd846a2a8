using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Nbpy.Messaging;
using Nbpy.Publishers.Live;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Recording;

/// <summary>Writes a recording that the replay reads (docs/replay.md): a line that says what it is, one line per connection, and one
/// line a message, <c>{"dir":"s2c","at_ms":1893456000000.123456,"frame":"…"}</c>, with the receive time in ms since the Unix epoch (six
/// decimals: ns) and the venue's text as a JSON string.</summary>
/// <remarks>Text that is not UTF-8 (no venue may send it) is kept with the broken bytes replaced. Empty messages (keep-alives of HTTP
/// streams) are left out. Nothing that the feed sends is written, so no login is. Safe for the feed's thread and another that
/// flushes.</remarks>
public sealed class RecordingWriter : IRawSink, IDisposable
{
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Lock gate = new();
    private readonly RecordingFile file;
    private readonly MemoryStream line = new();
    private readonly Utf8JsonWriter json;
    private readonly CancellationTokenSource full = new();
    private long messages;
    private bool closed;

    /// <param name="path">The file; <c>.gz</c> and <c>.zst</c> compress.</param>
    /// <param name="config">Whose messages these are: class and topic go into the first line.</param>
    /// <param name="time">The time of the first line.</param>
    /// <param name="overwrite">False: a file that exists is left alone.</param>
    /// <param name="mostBytes">The file's largest size in bytes; at it the recording ends.</param>
    /// <exception cref="RecordingException">The file exists already, or cannot be made.</exception>
    public RecordingWriter(string path, PublisherConfig config, TimeProvider time, bool overwrite = false, long mostBytes = long.MaxValue / 2)
    {
        file = new RecordingFile(path, overwrite, mostBytes);
        json = new Utf8JsonWriter(line, Relaxed);
        WriteLine(() =>
        {
            json.WriteString("dir"u8, "note"u8);
            json.WriteNumber("at_ms"u8, UnixTime.NowNs(time) / 1_000_000m);
            json.WriteNumber("nbpy_recording"u8, 1);
            json.WriteString("class"u8, config.Class);
            json.WriteString("topic"u8, config.Topic);
            json.WriteString("started"u8, time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        });
    }

    /// <summary>Messages written so far. Readable from any thread.</summary>
    public long Messages => Interlocked.Read(ref messages);

    /// <summary>Bytes of the file after the last flush.</summary>
    public long Bytes
    {
        get
        {
            lock (gate)
                return file.Bytes;
        }
    }

    /// <summary>Cancelled when the file has reached its largest size; what comes later is not written.</summary>
    public CancellationToken Full => full.Token;

    /// <inheritdoc/>
    /// <exception cref="RecordingException">The file cannot be written (a full disk, for one).</exception>
    public void Connected(long atNs)
    {
        lock (gate)
        {
            WriteLine(() =>
            {
                json.WriteString("dir"u8, "note"u8);
                json.WriteNumber("at_ms"u8, atNs / 1_000_000m);
                json.WriteString("note"u8, "connected"u8);
            });
        }
    }

    /// <inheritdoc/>
    /// <exception cref="RecordingException">The file cannot be written (a full disk, for one).</exception>
    public void Write(ReadOnlySpan<byte> message, long receivedNs)
    {
        if (message.IsEmpty)
            return;
        lock (gate)
        {
            line.SetLength(0);
            json.Reset();
            json.WriteStartObject();
            json.WriteString("dir"u8, "s2c"u8);
            json.WriteNumber("at_ms"u8, receivedNs / 1_000_000m);
            if (Utf8.IsValid(message))
                json.WriteString("frame"u8, message);
            else
                json.WriteString("frame"u8, Encoding.UTF8.GetString(message));
            if (EndLine())
                Interlocked.Increment(ref messages);
        }
    }

    /// <summary>Hands what has been written to the operating system: from then on it survives the end of this process.</summary>
    /// <exception cref="RecordingException">It cannot be written.</exception>
    public void Flush()
    {
        lock (gate)
        {
            if (!closed)
                file.Flush();
        }
    }

    /// <summary>Writes what is left and closes the file.</summary>
    /// <exception cref="RecordingException">It cannot be written.</exception>
    public void Dispose()
    {
        lock (gate)
        {
            if (closed)
                return;
            closed = true;
            json.Dispose();
            full.Dispose();
            file.Dispose();
        }
    }

    private void WriteLine(Action members)
    {
        line.SetLength(0);
        json.Reset();
        json.WriteStartObject();
        members();
        EndLine();
    }

    private bool EndLine()
    {
        json.WriteEndObject();
        json.Flush();
        line.WriteByte((byte)'\n');
        if (closed || full.IsCancellationRequested)
            return false;
        if (file.Append(line.GetBuffer().AsSpan(0, (int)line.Length)))
            return true;
        full.Cancel();
        return false;
    }
}
