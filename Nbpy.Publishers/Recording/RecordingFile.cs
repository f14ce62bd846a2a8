using System.IO.Compression;

namespace Nbpy.Publishers.Recording;

/// <summary>The file behind a recording: whole lines, never more bytes than allowed, and after every <see cref="Flush"/> readable up to
/// there whatever becomes of this process. For one thread at a time.</summary>
/// <remarks>A name that ends in <c>.gz</c> is written as gzip members (RFC 1952, 2.2) one after the other: each flush ends one, so that
/// a file that was cut off holds whole members and at most one torn one.</remarks>
internal sealed class RecordingFile : IDisposable
{
    // Deflate that does not compress adds 5 bytes to 16 KiB; head and trailer of a member are 18 bytes.
    private const long MemberOverhead = 64;

    private readonly string path;
    private readonly long mostBytes;
    private readonly bool packed;
    private readonly FileStream file;
    private GZipStream? member;
    private long pending;
    private bool failed;

    /// <param name="path">The file. <c>.gz</c> is compressed; <c>.zst</c> is refused.</param>
    /// <param name="overwrite">False: one that exists is left alone.</param>
    /// <param name="mostBytes">The file's largest size.</param>
    /// <exception cref="RecordingException">It exists already, or cannot be made.</exception>
    public RecordingFile(string path, bool overwrite, long mostBytes)
    {
        this.path = path;
        this.mostBytes = mostBytes;
        if (path.EndsWith(".zst", StringComparison.OrdinalIgnoreCase))
            throw new RecordingException($"{path}: zstd is not built in; end the name in .gz, or record plainly and pack the file afterwards.");
        packed = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);
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
            if (packed)
                (member ??= new GZipStream(file, CompressionLevel.Optimal, leaveOpen: true)).Write(line);
            else
                file.Write(line);
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
            member?.Dispose();
            member = null;
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

    private bool Fits(int length) => Bytes + pending + length + (packed ? MemberOverhead + ((pending + length) / 1000) : 0) <= mostBytes;

    private RecordingException Failure(Exception e)
    {
        failed = true;
        return new RecordingException($"{path} cannot be written: {e.Message}; what was recorded until then is in it ({Bytes} bytes).", e);
    }
}
