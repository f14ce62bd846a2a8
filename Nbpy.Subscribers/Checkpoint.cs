using System.Text.Json;
using Nbpy.Influx;

namespace Nbpy.Subscribers;

/// <summary>Where a subscriber goes on after a restart: a small file, written whole or not at all.</summary>
/// <param name="Run">The run of the whole system in which it was written: counters go on within one.</param>
/// <param name="Topic">The topic; another topic's checkpoint means nothing.</param>
/// <param name="Progress">How far everything is done with.</param>
/// <param name="Counters">The subscriber's other counters at that moment.</param>
public sealed record Checkpoint(string Run, string Topic, WriterProgress Progress, IReadOnlyDictionary<string, long> Counters)
{
    /// <summary>Reads a checkpoint; null when there is none, or it is another topic's or damaged.</summary>
    public static Checkpoint? Read(string path, string topic)
    {
        try
        {
            return File.Exists(path) && JsonSerializer.Deserialize(File.ReadAllBytes(path), CheckpointJson.Default.Checkpoint) is { Progress: not null } read && read.Topic == topic ? read : null;
        }
        catch (JsonException)
        {
            // Written by something else: the subscriber starts from the publisher's ring.
            return null;
        }
    }

    /// <summary>Writes it.</summary>
    /// <exception cref="IOException">The disk takes it not.</exception>
    public void Write(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var partial = path + ".part";
        File.WriteAllBytes(partial, JsonSerializer.SerializeToUtf8Bytes(this, CheckpointJson.Default.Checkpoint));
        File.Move(partial, path, overwrite: true);
    }
}
