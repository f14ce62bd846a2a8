using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Nbpy.EmbeddedInflux.Tests.Http;

/// <summary>Shows MessagePack as text, maps sorted by key: two encoders need not choose the same bytes for a number.</summary>
internal static class MessagePackText
{
    public static string Of(byte[] bytes)
    {
        var text = new StringBuilder();
        ReadOnlySpan<byte> rest = bytes;
        while (!rest.IsEmpty)
            text.AppendLine(Value(ref rest));
        return text.ToString();
    }

    private static string Value(ref ReadOnlySpan<byte> rest)
    {
        var head = Take(ref rest, 1)[0];
        return head switch
        {
            < 0x80 => head.ToString(CultureInfo.InvariantCulture),
            >= 0xe0 => ((sbyte)head).ToString(CultureInfo.InvariantCulture),
            < 0x90 => Map(ref rest, head & 15),
            < 0xa0 => Array(ref rest, head & 15),
            < 0xc0 => Text(ref rest, head & 31),
            0xc0 => "nil",
            0xc2 => "false",
            0xc3 => "true",
            0xc7 => "ext " + Convert.ToHexString(Take(ref rest, Take(ref rest, 1)[0] + 1)),
            0xcb => BinaryPrimitives.ReadDoubleBigEndian(Take(ref rest, 8)).ToString("R", CultureInfo.InvariantCulture),
            0xcc => Take(ref rest, 1)[0].ToString(CultureInfo.InvariantCulture),
            0xcd => BinaryPrimitives.ReadUInt16BigEndian(Take(ref rest, 2)).ToString(CultureInfo.InvariantCulture),
            0xce => BinaryPrimitives.ReadUInt32BigEndian(Take(ref rest, 4)).ToString(CultureInfo.InvariantCulture),
            0xcf => BinaryPrimitives.ReadUInt64BigEndian(Take(ref rest, 8)).ToString(CultureInfo.InvariantCulture),
            0xd0 => ((sbyte)Take(ref rest, 1)[0]).ToString(CultureInfo.InvariantCulture),
            0xd1 => BinaryPrimitives.ReadInt16BigEndian(Take(ref rest, 2)).ToString(CultureInfo.InvariantCulture),
            0xd2 => BinaryPrimitives.ReadInt32BigEndian(Take(ref rest, 4)).ToString(CultureInfo.InvariantCulture),
            0xd3 => BinaryPrimitives.ReadInt64BigEndian(Take(ref rest, 8)).ToString(CultureInfo.InvariantCulture),
            0xd9 => Text(ref rest, Take(ref rest, 1)[0]),
            0xda => Text(ref rest, BinaryPrimitives.ReadUInt16BigEndian(Take(ref rest, 2))),
            0xdc => Array(ref rest, BinaryPrimitives.ReadUInt16BigEndian(Take(ref rest, 2))),
            _ => throw new InvalidDataException($"byte {head:x2} is not expected"),
        };
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> rest, int count)
    {
        var taken = rest[..count];
        rest = rest[count..];
        return taken;
    }

    private static string Text(ref ReadOnlySpan<byte> rest, int length) => "'" + Encoding.UTF8.GetString(Take(ref rest, length)) + "'";

    private static string Array(ref ReadOnlySpan<byte> rest, int count)
    {
        var items = new List<string>();
        for (var i = 0; i < count; i++)
            items.Add(Value(ref rest));
        return "[" + string.Join(",", items) + "]";
    }

    private static string Map(ref ReadOnlySpan<byte> rest, int count)
    {
        var items = new List<string>();
        for (var i = 0; i < count; i++)
        {
            var key = Value(ref rest);
            items.Add(key + ":" + Value(ref rest));
        }

        items.Sort(StringComparer.Ordinal);
        return "{" + string.Join(",", items) + "}";
    }
}
