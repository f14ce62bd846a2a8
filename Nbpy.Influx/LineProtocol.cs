using System.Buffers;

namespace Nbpy.Influx;

/// <summary>Writes the parts of InfluxDB's line protocol from UTF-8 to UTF-8. What could end a line (line feed, carriage
/// return) cannot be escaped outside strings: it becomes a space.</summary>
public static class LineProtocol
{
    private static readonly SearchValues<byte> MeasurementSpecials = SearchValues.Create(", \n\r\\"u8);
    private static readonly SearchValues<byte> KeySpecials = SearchValues.Create(",= \n\r\\"u8);
    private static readonly SearchValues<byte> StringSpecials = SearchValues.Create("\"\\"u8);

    /// <summary>True when a tag's value, or a key, stands as it is.</summary>
    public static bool IsPlainKey(ReadOnlySpan<byte> text) => !text.ContainsAny(KeySpecials);

    /// <summary>True when a string field's content stands as it is.</summary>
    public static bool IsPlainString(ReadOnlySpan<byte> text) => !text.ContainsAny(StringSpecials);

    /// <summary>A measurement's name: comma and space are escaped.</summary>
    public static void WriteMeasurement(IBufferWriter<byte> output, ReadOnlySpan<byte> name) => Write(output, name, MeasurementSpecials);

    /// <summary>A tag's or field's key: comma, equals and space are escaped.</summary>
    public static void WriteKey(IBufferWriter<byte> output, ReadOnlySpan<byte> key) => Write(output, key, KeySpecials);

    /// <summary>A tag's value: comma, equals and space are escaped. A tag must not be empty: leave it out.</summary>
    public static void WriteTagValue(IBufferWriter<byte> output, ReadOnlySpan<byte> value) => Write(output, value, KeySpecials);

    /// <summary>What stands between a string field's quotes: quote and backslash are escaped, line feeds are kept.</summary>
    public static void WriteStringContent(IBufferWriter<byte> output, ReadOnlySpan<byte> text)
    {
        while (text.IndexOfAny(StringSpecials) is var at and >= 0)
        {
            output.Write(text[..at]);
            output.Write([(byte)'\\', text[at]]);
            text = text[(at + 1)..];
        }

        output.Write(text);
    }

    private static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> text, SearchValues<byte> specials)
    {
        while (text.IndexOfAny(specials) is var at and >= 0)
        {
            output.Write(text[..at]);
            var special = text[at];
            text = text[(at + 1)..];
            if (special is (byte)'\n' or (byte)'\r')
                output.Write(@"\ "u8);
            else if (special != (byte)'\\')
                output.Write([(byte)'\\', special]);
            else if (text.IsEmpty || specials.Contains(text[0]))
                output.Write("/"u8); // A backslash here would escape what follows it; InfluxDB has no way to write it.
            else
                output.Write([special]);
        }

        output.Write(text);
    }
}
