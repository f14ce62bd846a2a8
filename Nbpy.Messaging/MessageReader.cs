using MessagePack;

namespace Nbpy.Messaging;

/// <summary>Reads a payload of the contract: one map, or an array of maps.</summary>
public static class MessageReader
{
    /// <summary>Most entries of one map; more is not a market-data message.</summary>
    public const int MaxKeys = 256;

    /// <summary>Reads every map of a payload into a dictionary: string keys; values long, ulong, double, string, bool or null.</summary>
    /// <exception cref="InvalidDataException">The payload is not what the contract says.</exception>
    public static IReadOnlyList<IReadOnlyDictionary<string, object?>> Read(ReadOnlyMemory<byte> payload)
    {
        try
        {
            var reader = new MessagePackReader(payload);
            if (reader.NextMessagePackType != MessagePackType.Array)
                return [ReadMap(ref reader)];
            var count = reader.ReadArrayHeader();
            var maps = new List<IReadOnlyDictionary<string, object?>>(Math.Min(count, 1024));
            for (var i = 0; i < count; i++)
                maps.Add(ReadMap(ref reader));
            return maps;
        }
        catch (Exception e) when (e is MessagePackSerializationException or EndOfStreamException or InvalidOperationException or OverflowException)
        {
            throw new InvalidDataException($"The payload is not a MessagePack map of the message contract: {e.Message}", e);
        }
    }

    private static Dictionary<string, object?> ReadMap(ref MessagePackReader reader)
    {
        var count = reader.ReadMapHeader();
        if (count > MaxKeys)
            throw new InvalidDataException($"The payload has a map of {count} keys; at most {MaxKeys} are read.");
        var map = new Dictionary<string, object?>(count, StringComparer.Ordinal);
        for (var i = 0; i < count; i++)
        {
            var key = reader.ReadString() ?? throw new InvalidDataException("A key of the map is nil.");
            map[key] = ReadValue(ref reader);
        }

        return map;
    }

    private static object? ReadValue(ref MessagePackReader reader)
    {
        switch (reader.NextMessagePackType)
        {
            case MessagePackType.Integer:
                return IsSigned(reader.NextCode) ? reader.ReadInt64() : ReadUnsigned(ref reader);
            case MessagePackType.Float:
                return reader.ReadDouble();
            case MessagePackType.Boolean:
                return reader.ReadBoolean();
            case MessagePackType.String:
                return reader.ReadString();
            case MessagePackType.Nil:
                reader.ReadNil();
                return null;
            default:
                throw new InvalidDataException($"A value is a {reader.NextMessagePackType}; messages hold numbers, strings and booleans.");
        }
    }

    private static bool IsSigned(byte code) => code >= MessagePackCode.MinNegativeFixInt || code is >= MessagePackCode.Int8 and <= MessagePackCode.Int64;

    private static object ReadUnsigned(ref MessagePackReader reader)
    {
        var value = reader.ReadUInt64();
        return value <= long.MaxValue ? (long)value : value;
    }
}
