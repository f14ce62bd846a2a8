using Nbpy.Publishers.Live;

namespace Nbpy.Publishers.Recording;

/// <summary>Runs a live feed without publishing, and keeps what it hears.</summary>
/// <param name="source">The feed; nobody else reads it.</param>
/// <param name="writer">Where its messages go.</param>
/// <param name="time">Measures the duration and the flushes.</param>
public sealed class Recorder(LiveSource source, RecordingWriter writer, TimeProvider time)
{
    /// <summary>The longest that a message waits in memory: what a recorder that is killed loses.</summary>
    public static readonly TimeSpan FlushEvery = TimeSpan.FromSeconds(2);

    private long decoded;

    /// <summary>Messages that the decoder made of what was recorded. Readable from any thread.</summary>
    public long Decoded => Interlocked.Read(ref decoded);

    /// <summary>Told after every flush, on any thread.</summary>
    public Action? Progress { get; init; }

    /// <summary>Records until the duration is over, the file is full or the token is cancelled; reconnects as the publisher would.</summary>
    /// <param name="duration">Null: until cancelled.</param>
    /// <param name="cancellationToken">Ends the recording.</param>
    /// <exception cref="RecordingException">The file cannot be written.</exception>
    public async Task RunAsync(TimeSpan? duration, CancellationToken cancellationToken)
    {
        source.RawSink = writer;
        using var limit = new CancellationTokenSource(duration ?? Timeout.InfiniteTimeSpan, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, writer.Full, cancellationToken);
        var flushing = FlushAsync(end);
        try
        {
            await foreach (var _ in source.ReadAsync(end.Token).ConfigureAwait(false))
                Interlocked.Increment(ref decoded);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The wanted end, or that of the flushes: they say which.
        }
        finally
        {
            await end.CancelAsync().ConfigureAwait(false);
            await flushing.ConfigureAwait(false);
        }
    }

    /// <summary>Flushes until the recording ends; a flush that fails ends it.</summary>
    private async Task FlushAsync(CancellationTokenSource end)
    {
        try
        {
            while (true)
            {
                await Task.Delay(FlushEvery, time, end.Token).ConfigureAwait(false);
                writer.Flush();
                Progress?.Invoke();
            }
        }
        catch (OperationCanceledException)
        {
            // The recording ends.
        }
        catch (RecordingException)
        {
            await end.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }
}
