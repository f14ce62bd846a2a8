namespace Nbpy.Publishers.Live;

/// <summary>The lines of an HTTP answer or a socket that does not end: what comes never aligns with lines, and silence ends it. One
/// reader at a time.</summary>
/// <remarks>A client's own timeout does not cover the body after the headers: each read has its limit here.</remarks>
public sealed class HttpLineStream : IDisposable
{
    /// <summary>The longest line taken unless told otherwise, in bytes; a longer one ends the stream.</summary>
    public const int LongestLine = 1024 * 1024;

    private readonly IDisposable owner;
    private readonly int longestLine;
    private readonly Stream body;
    private readonly CancellationTokenSource idle;
    private byte[] buffer = new byte[16 * 1024];
    private int start;
    private int scanned;
    private int end;

    /// <param name="owner">The answer with its headers read, or the connection; disposed with this.</param>
    /// <param name="body">Its bytes.</param>
    /// <param name="time">Measures silence.</param>
    /// <param name="longestLine">In bytes.</param>
    public HttpLineStream(IDisposable owner, Stream body, TimeProvider time, int longestLine = LongestLine)
    {
        this.owner = owner;
        this.longestLine = longestLine;
        this.body = body;
        idle = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
    }

    /// <summary>True when the last line had no end: the connection closed inside it.</summary>
    public bool Unterminated { get; private set; }

    /// <summary>The next line without its end (LF or CR LF), valid until the next call; null after the last.</summary>
    /// <param name="silence">How long no byte may come.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="TimeoutException">Nothing came for so long.</exception>
    /// <exception cref="IOException">The connection broke.</exception>
    /// <exception cref="LiveException">A line is longer than <see cref="LongestLine"/>.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadLineAsync(TimeSpan silence, CancellationToken cancellationToken)
    {
        while (true)
        {
            var length = buffer.AsSpan(scanned, end - scanned).IndexOf((byte)'\n');
            if (length >= 0)
            {
                var line = buffer.AsMemory(start, scanned + length - start);
                start = scanned += length + 1;
                return line.TrimEnd((byte)'\r');
            }

            scanned = end;
            MakeRoom();
            var count = await ReadAsync(silence, cancellationToken).ConfigureAwait(false);
            if (count == 0)
            {
                ReadOnlyMemory<byte> rest = buffer.AsMemory(start, end - start);
                start = scanned = end;
                Unterminated = !rest.IsEmpty;
                // A bare null would become an empty line here.
                return rest.IsEmpty ? default(ReadOnlyMemory<byte>?) : rest.TrimEnd((byte)'\r');
            }

            end += count;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        owner.Dispose();
        idle.Dispose();
    }

    private async ValueTask<int> ReadAsync(TimeSpan silence, CancellationToken cancellationToken)
    {
        idle.CancelAfter(silence);
        using var registration = cancellationToken.UnsafeRegister(static s => ((CancellationTokenSource)s!).Cancel(), idle);
        try
        {
            return await body.ReadAsync(buffer.AsMemory(end), idle.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"nothing came for {silence.TotalSeconds:0.##} s");
        }
        finally
        {
            // What takes the reader's time between two reads is not the venue's silence.
            idle.CancelAfter(Timeout.InfiniteTimeSpan);
        }
    }

    private void MakeRoom()
    {
        if (start > 0)
        {
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            (end, scanned, start) = (end - start, scanned - start, 0);
        }

        if (end < buffer.Length)
            return;
        if (end >= longestLine)
            throw new LiveException($"a line is longer than {longestLine} bytes");
        Array.Resize(ref buffer, Math.Min(longestLine, end * 2));
    }
}
