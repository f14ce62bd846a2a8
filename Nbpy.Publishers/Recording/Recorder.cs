using Nbpy.Publishers.Live;

namespace Nbpy.Publishers.Recording;

/// <summary>Runs a live feed without publishing, and keeps what it hears.</summary>
/// <param name="source">The feed; nobody else reads it.</param>
/// <param name="writer">Where its messages go.</param>
/// <param name="time">Measures the duration.</param>
public sealed class Recorder(LiveSource source, RecordingWriter writer, TimeProvider time)
{
    /// <summary>Messages that the decoder made of what was recorded.</summary>
    public long Decoded { get; private set; }

    /// <summary>Records until the duration is over or the token is cancelled; reconnects as the publisher would.</summary>
    /// <param name="duration">Null: until cancelled.</param>
    /// <param name="cancellationToken">Ends the recording.</param>
    /// <exception cref="RecordingException">The file cannot be written.</exception>
    public async Task RunAsync(TimeSpan? duration, CancellationToken cancellationToken)
    {
        source.RawSink = writer;
        using var limit = new CancellationTokenSource(duration ?? Timeout.InfiniteTimeSpan, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await foreach (var _ in source.ReadAsync(either.Token).ConfigureAwait(false))
                Decoded++;
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            // The wanted end.
        }
    }
}
