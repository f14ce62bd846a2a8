using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Logging;

namespace Nbpy.Subscribers;

/// <summary>A checkpoint in a small file, written whole or not at all.</summary>
internal static partial class CheckpointFile
{
    /// <summary>Reads a checkpoint; null when there is none, or none that can be used: that is logged.</summary>
    /// <param name="path">The file.</param>
    /// <param name="type">How it is read.</param>
    /// <param name="isUsable">Whether it is whole and of the topic.</param>
    /// <param name="logger">Where to report.</param>
    public static T? Read<T>(string path, JsonTypeInfo<T> type, Func<T, bool> isUsable, ILogger logger)
        where T : class
    {
        if (!File.Exists(path))
            return null;
        try
        {
            if (JsonSerializer.Deserialize(File.ReadAllBytes(path), type) is { } read && isUsable(read))
                return read;
        }
        catch (JsonException)
        {
            // Damaged, or written by something else.
        }

        LogUnusable(logger, path);
        return null;
    }

    /// <exception cref="IOException">The disk takes it not.</exception>
    public static void Write<T>(string path, T checkpoint, JsonTypeInfo<T> type)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var partial = path + ".part";
        File.WriteAllBytes(partial, JsonSerializer.SerializeToUtf8Bytes(checkpoint, type));
        File.Move(partial, path, overwrite: true);
    }

    [LoggerMessage(206, LogLevel.Warning, "The checkpoint {Path} is damaged or another topic's: all that the publisher's ring holds is taken (again), onto the same points; what it no longer holds counts as late, not as lost")]
    private static partial void LogUnusable(ILogger logger, string path);
}
