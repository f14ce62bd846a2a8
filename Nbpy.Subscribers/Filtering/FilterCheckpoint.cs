using System.Text.Json;

namespace Nbpy.Subscribers.Filtering;

/// <summary>Where a data filter goes on after a restart, and what it remembers there: with both it decides as it would have, and what it
/// publishes a second time is stored onto the same points.</summary>
/// <param name="Topic">The topic that is filtered; another topic's checkpoint means nothing.</param>
/// <param name="Epoch">Epoch of the last message that is done with: held back, or in the filter's own ring.</param>
/// <param name="Sequence">Its sequence number.</param>
/// <param name="Memory">The last message let through of each symbol; null where there are too many to be kept.</param>
public sealed record FilterCheckpoint(string Topic, ulong Epoch, ulong Sequence, IReadOnlyDictionary<string, FilterMemory>? Memory)
{
    /// <summary>Reads a checkpoint; null when there is none, or it is another topic's or damaged.</summary>
    public static FilterCheckpoint? Read(string path, string topic)
    {
        try
        {
            return File.Exists(path) && JsonSerializer.Deserialize(File.ReadAllBytes(path), CheckpointJson.Default.FilterCheckpoint) is { Epoch: > 0 } read && read.Topic == topic ? read : null;
        }
        catch (JsonException)
        {
            // Written by something else: the filter starts from the ring.
            return null;
        }
    }

    /// <summary>Writes it, whole or not at all.</summary>
    /// <exception cref="IOException">The disk takes it not.</exception>
    public void Write(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var partial = path + ".part";
        File.WriteAllBytes(partial, JsonSerializer.SerializeToUtf8Bytes(this, CheckpointJson.Default.FilterCheckpoint));
        File.Move(partial, path, overwrite: true);
    }
}
