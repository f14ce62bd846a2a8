using System.IO.Compression;

namespace Nbpy.Publishers.Recording;

/// <summary>The file behind a recording: whole lines, never more bytes than allowed, and after every <see cref="Flush"/> readable up to
/// there whatever becomes of this process. For one thread at a time.</summary>
/// <remarks>A name that ends in <c>.gz</c> is written as gzip members (RFC 1952, 2.2), one that ends in <c>.zst</c> as zstd frames (RFC
/// 8878, 3.1) one after the other: each flush ends one, so that a file that was cut off holds whole ones and at most one torn.</remarks>
internal sealed class RecordingFile : IDisposable
{
    // What cannot be compressed grows: by 5 bytes to 16 KiB in gzip, by 1/256 in zstd, besides head and trailer.
    private const long PartOverhead = 128;
    private const long PartGrowth = 250;

    private readonly string path;
    private readonly long mostBytes;
    private readonly FileStream file;
    private readonly Func<Stream, Stream>? pack;
    private Stream? part;
    private long pending;
    private bool failed;

    /// <param name="path">The file. <c>.gz</c> and <c>.zst</c> are compressed.</param>
    /// <param name="overwrite">False: one that exists is left alone.</param>
    /// <param name="mostBytes">The file's largest size.</param>
    /// <exception cref="RecordingException">It exists already, or cannot be made.</exception>
    public RecordingFile(string path, bool overwrite, long mostBytes)
    {
        this.path = path;
        this.mostBytes = mostBytes;
        pack = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? to => new GZipStream(to, CompressionLevel.Optimal, leaveOpen: true)
            : path.EndsWith(".zst", StringComparison.OrdinalIgnoreCase) ? to => new ZstdSharp.CompressionStream(to, leaveOpen: true)
            : null;
        try
        {
            var options = new FileStreamOptions { Mode = overwrite ? FileMode.Create : FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.Read, BufferSize = 64 * 1024 };
            // Orders of an account may be in it.
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            file = new FileStream(path, options);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new RecordingException(
                !overwrite && File.Exists(path) ? $"{path} exists already; choose another name, or overwrite it with --force." : $"{path} cannot be made: {e.Message}", e);
        }
    }

    /// <summary>Bytes of the file after the last flush.</summary>
    public long Bytes { get; private set; }

    /// <summary>Writes a line with its LF. False, and nothing is written, when the file might become too large.</summary>
    /// <exception cref="RecordingException">It cannot be written.</exception>
    public bool Append(ReadOnlySpan<byte> line)
    {
        if (!Fits(line.Length))
        {
            Flush();
            if (!Fits(line.Length))
                return false;
        }

        try
        {
            part ??= pack?.Invoke(file);
            (part ?? file).Write(line);
            pending += line.Length;
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failure(e);
        }
    }

    /// <summary>Hands everything to the operating system.</summary>
    /// <exception cref="RecordingException">It cannot be written.</exception>
    public void Flush()
    {
        if (pending == 0 || failed)
            return;
        try
        {
            part?.Dispose();
            part = null;
            file.Flush();
            Bytes = file.CanSeek ? file.Position : Bytes + pending;
            pending = 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failure(e);
        }
    }

    /// <summary>Flushes and closes.</summary>
    /// <exception cref="RecordingException">The last part cannot be written.</exception>
    public void Dispose()
    {
        try
        {
            Flush();
        }
        finally
        {
            try
            {
                file.Dispose();
            }
            catch (IOException) when (failed)
            {
                // What it could not write has been reported.
            }
        }
    }

    private bool Fits(int length) => Bytes + pending + length + (pack is null ? 0 : PartOverhead + ((pending + length) / PartGrowth)) <= mostBytes;

    private RecordingException Failure(Exception e)
    {
        failed = true;
        return new RecordingException($"{path} cannot be written: {e.Message}; what was recorded until then is in it ({Bytes} bytes).", e);
    }
}
