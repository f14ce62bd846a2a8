using Microsoft.Extensions.Logging;
using Nbpy.Influx;

namespace Nbpy.Subscribers;

/// <summary>Where a subscriber goes on after a restart: a small file, written whole or not at all.</summary>
/// <param name="Run">The run of the whole system in which it was written: counters go on within one.</param>
/// <param name="Topic">The topic; another topic's checkpoint means nothing.</param>
/// <param name="Progress">How far everything is done with.</param>
/// <param name="Counters">The subscriber's other counters at that moment.</param>
public sealed record Checkpoint(string Run, string Topic, WriterProgress Progress, IReadOnlyDictionary<string, long> Counters)
{
    /// <summary>Reads a checkpoint; null when there is none that can be used.</summary>
    public static Checkpoint? Read(string path, string topic, ILogger logger) =>
        CheckpointFile.Read(path, CheckpointJson.Default.Checkpoint, c => c.Progress is not null && c.Topic == topic, logger);

    /// <summary>Writes it.</summary>
    /// <exception cref="IOException">The disk takes it not.</exception>
    public void Write(string path) => CheckpointFile.Write(path, this, CheckpointJson.Default.Checkpoint);
}
