using System.Text;

namespace Nbpy.Messaging;

/// <summary>Reads a payload of the contract: one map, or an array of maps.</summary>
public static class MessageReader
{
    /// <summary>Most entries of one map; more is not a market-data message.</summary>
    public const int MaxKeys = 256;

    /// <summary>Most maps of one payload. An empty map is a byte on the wire and a hundred in memory: without this, the largest payload
    /// would cost hundreds of megabytes.</summary>
    public const int MaxMaps = 65_536;

    /// <summary>Most bytes of one payload.</summary>
    public const int MaxPayloadBytes = 4 * 1024 * 1024;

    /// <summary>Reads every map of a payload into a dictionary: string keys; values long, ulong, double, string, bool or null.</summary>
    /// <exception cref="InvalidDataException">The payload is not what the contract says.</exception>
    public static IReadOnlyList<IReadOnlyDictionary<string, object?>> Read(ReadOnlyMemory<byte> payload)
    {
        var reader = new PayloadReader(payload.Span);
        var count = reader.ReadMapCount();
        var maps = new List<IReadOnlyDictionary<string, object?>>(Math.Min(count, 1024));
        for (var i = 0; i < count; i++)
            maps.Add(ReadMap(ref reader));
        return maps;
    }

    /// <summary>Reads the reader's next map.</summary>
    internal static Dictionary<string, object?> ReadMap(ref PayloadReader reader)
    {
        var count = reader.ReadMapHeader();
        var map = new Dictionary<string, object?>(count, StringComparer.Ordinal);
        for (var i = 0; i < count; i++)
        {
            var key = Encoding.UTF8.GetString(reader.ReadKey());
            map[key] = ReadValue(key, ref reader);
        }

        return map;
    }

    private static object? ReadValue(string key, ref PayloadReader reader) => reader.Read() switch
    {
        PayloadKind.Integer => reader.Integer,
        PayloadKind.Unsigned => (ulong)reader.Integer,
        PayloadKind.Float => reader.Number,
        PayloadKind.Boolean => reader.Integer != 0,
        PayloadKind.Text => Encoding.UTF8.GetString(reader.Text),
        PayloadKind.Nil => null,
        _ => throw new InvalidDataException($"'{key}' is neither a number nor a string nor a boolean, which is all that messages hold."),
    };
}
