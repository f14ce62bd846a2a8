using System.IO.Compression;

namespace Nbpy.Publishers.Replay;

/// <summary>The lines of a recording, one at a time, so that a recording of any size takes the memory of its longest
/// line. A name that ends in <c>.gz</c> or <c>.zst</c> is decompressed; where that breaks off, the file ends (<see cref="Torn"/>).</summary>
internal sealed class RecordingReader : IDisposable
{
    private const int LongestLine = 64 * 1024 * 1024;

    private readonly Stream stream;
    private byte[] buffer = new byte[64 * 1024];
    private int start;
    private int end;
    private bool finished;

    /// <exception cref="ReplayException">The file cannot be opened.</exception>
    public RecordingReader(string path)
    {
        Path = path;
        try
        {
            Stream file = File.OpenRead(path);
            stream = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)
                ? new GZipStream(file, CompressionMode.Decompress)
                : path.EndsWith(".zst", StringComparison.OrdinalIgnoreCase) ? new ZstdSharp.DecompressionStream(file, leaveOpen: false) : file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw new ReplayException($"The recording {path} cannot be read: {e.Message}", e);
        }
    }

    public string Path { get; }

    /// <summary>Number of the line that was read last; the first is 1.</summary>
    public int LineNumber { get; private set; }

    /// <summary>True once the last line was read and had no LF: it may be cut off.</summary>
    public bool Unterminated { get; private set; }

    /// <summary>Why the file ends before its end (compressed data that are cut off or spoilt); null while it does not.</summary>
    public string? Torn { get; private set; }

    /// <summary>Bytes of a line that <see cref="Torn"/> left without its end; they are not handed on.</summary>
    public int TornBytes { get; private set; }

    /// <summary>The next line without its LF or CR LF, or null at the end. Valid until the next call.</summary>
    /// <exception cref="ReplayException">The file cannot be read on.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadLineAsync(CancellationToken cancellationToken)
    {
        var searched = 0;
        while (true)
        {
            var feed = buffer.AsSpan(start + searched, end - start - searched).IndexOf((byte)'\n');
            if (feed >= 0)
                return Take(searched + feed, 1);
            searched = end - start;
            if (finished)
            {
                if (Torn is not null)
                {
                    TornBytes = searched;
                    start = end;
                    searched = 0;
                }

                Unterminated = searched > 0;
                // Spelled out: a bare null would become an empty ReadOnlyMemory, by way of a null array.
                return searched == 0 ? (ReadOnlyMemory<byte>?)null : Take(searched, 0);
            }
            await FillAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public void Dispose() => stream.Dispose();

    private ReadOnlyMemory<byte> Take(int length, int terminator)
    {
        LineNumber++;
        var line = buffer.AsMemory(start, length);
        start += length + terminator;
        if (LineNumber == 1 && line.Span.StartsWith("\uFEFF"u8))
            line = line[3..];
        return line.Length > 0 && line.Span[^1] == '\r' ? line[..^1] : line;
    }

    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        if (start > 0)
        {
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            end -= start;
            start = 0;
        }
        if (end == buffer.Length)
        {
            if (buffer.Length >= LongestLine)
                throw new ReplayException($"The recording {Path} cannot be read: line {LineNumber + 1} is longer than {LongestLine} bytes.");
            Array.Resize(ref buffer, buffer.Length * 2);
        }
        try
        {
            var read = await stream.ReadAsync(buffer.AsMemory(end), cancellationToken).ConfigureAwait(false);
            finished = read == 0;
            end += read;
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or ZstdSharp.ZstdException)
        {
            // What came before is whole.
            Torn = e.Message;
            finished = true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ReplayException($"The recording {Path} cannot be read after line {LineNumber}: {e.Message}", e);
        }
    }
}
