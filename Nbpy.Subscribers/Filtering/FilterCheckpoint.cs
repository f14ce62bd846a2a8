using Microsoft.Extensions.Logging;

namespace Nbpy.Subscribers.Filtering;

/// <summary>Where a data filter goes on after a restart, and what it remembers there: with both it decides as it would have, and what it
/// publishes a second time is stored onto the same points.</summary>
/// <param name="Topic">The topic that is filtered; another topic's checkpoint means nothing.</param>
/// <param name="Epoch">Epoch of the last message that is done with: held back, or in the filter's own ring.</param>
/// <param name="Sequence">Its sequence number.</param>
/// <param name="Memory">The last message let through of each symbol; null where there are too many to be kept.</param>
public sealed record FilterCheckpoint(string Topic, ulong Epoch, ulong Sequence, IReadOnlyDictionary<string, FilterMemory>? Memory)
{
    /// <summary>Reads a checkpoint; null when there is none that can be used.</summary>
    public static FilterCheckpoint? Read(string path, string topic, ILogger logger) =>
        CheckpointFile.Read(path, CheckpointJson.Default.FilterCheckpoint, c => c.Epoch > 0 && c.Topic == topic, logger);

    /// <summary>Writes it.</summary>
    /// <exception cref="IOException">The disk takes it not.</exception>
    public void Write(string path) => CheckpointFile.Write(path, this, CheckpointJson.Default.FilterCheckpoint);
}
