using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Nbpy.EmbeddedInflux.Storage.LineProtocol;

/// <summary>Parses line protocol: <c>measurement,tag=value field=1,other="text" 1700000000000000000</c>. Rules and error texts
/// are those of influxd 1.x, checked against 1.6.7 by the contract tests.</summary>
public static class LineParser
{
    private const long MinTime = long.MinValue + 2;
    private const long MaxTime = long.MaxValue - 1;
    private const int ExactDigits = 15;
    private static readonly double[] PowersOfTen = [.. Enumerable.Range(0, ExactDigits + 1).Select(n => Math.Pow(10, n))];

    /// <summary>Cuts the next line (without its newline) off <paramref name="rest"/>; a newline inside a quoted string field does not end it.</summary>
    public static ReadOnlySpan<byte> NextLine(ref ReadOnlySpan<byte> rest)
    {
        var end = rest.IndexOf((byte)'\n');
        if (end >= 0 && rest[..end].Contains((byte)'"'))
            end = EndOfQuotedLine(rest);
        ReadOnlySpan<byte> line;
        if (end < 0 || end >= rest.Length)
        {
            line = rest;
            rest = default;
        }
        else
        {
            line = rest[..end];
            rest = rest[(end + 1)..];
        }

        return line;
    }

    /// <summary>Strips leading white space; empty for blank lines and comments.</summary>
    public static ReadOnlySpan<byte> TrimStart(ReadOnlySpan<byte> line)
    {
        var i = 0;
        while (i < line.Length && line[i] is (byte)' ' or (byte)'\t' or 0)
            i++;
        line = line[i..];
        return line.IsEmpty || line[0] == '#' ? default : line;
    }

    /// <summary>Parses a line that <see cref="TrimStart"/> left non-empty.</summary>
    /// <param name="line">The line.</param>
    /// <param name="unit">Nanoseconds per unit of the written time.</param>
    /// <param name="point">Receives the parse.</param>
    /// <returns>Null, or what influxd says is wrong with the line.</returns>
    public static string? Parse(ReadOnlySpan<byte> line, long unit, ParsedPoint point)
    {
        point.Clear();
        var error = ScanKey(line, out var i);
        if (error is not null)
            return error;
        point.KeyLength = i;
        while (i < line.Length && line[i] == ' ')
            i++;
        return ScanFields(line, ref i, point) ?? ScanTime(line, i, unit, point);
    }

    private static int EndOfQuotedLine(ReadOnlySpan<byte> rest)
    {
        bool quoted = false, fields = false;
        int equals = 0, commas = 0;
        for (var i = 0; i < rest.Length; i++)
        {
            var b = rest[i];
            if (b == '\\' && i + 2 < rest.Length)
            {
                i++;
                continue;
            }

            if (b == ' ')
                fields = true;
            if (fields && !quoted && b == '=')
                equals++;
            else if (fields && !quoted && b == ',')
                commas++;
            else if (fields && b == '"' && equals > commas)
                quoted = !quoted;
            else if (b == '\n' && !quoted)
                return i;
        }

        return rest.Length;
    }

    private static string? ScanKey(ReadOnlySpan<byte> line, out int i)
    {
        i = 0;
        if (line[0] == ',')
            return "missing measurement";
        do
        {
            if (++i >= line.Length)
                return "missing fields";
        }
        while (line[i - 1] == '\\' || (line[i] != ',' && line[i] != ' '));

        while (line[i] == ',')
        {
            i++;
            if (i >= line.Length || line[i] is (byte)' ' or (byte)',' or (byte)'=')
                return "missing tag key";
            for (; ; i++)
            {
                if (i >= line.Length || (line[i] is (byte)' ' or (byte)',' && line[i - 1] != '\\'))
                    return "missing tag value";
                if (line[i] == '=' && line[i - 1] != '\\')
                    break;
            }

            i++;
            if (i >= line.Length || line[i] is (byte)',' or (byte)' ')
                return "missing tag value";
            for (; ; i++)
            {
                if (i >= line.Length)
                    return "missing fields";
                if (line[i - 1] == '\\')
                    continue;
                if (line[i] == '=')
                    return "invalid tag format";
                if (line[i] is (byte)',' or (byte)' ')
                    break;
            }
        }

        return null;
    }

    private static string? ScanFields(ReadOnlySpan<byte> line, ref int i, ParsedPoint point)
    {
        if (i >= line.Length)
            return "invalid field format";
        while (true)
        {
            var field = new ParsedField { KeyStart = i };
            while (i < line.Length && line[i] != '=')
            {
                if (line[i] is (byte)' ' or (byte)',')
                    return "invalid field format";
                i += line[i] == '\\' && i + 1 < line.Length ? 2 : 1;
            }

            if (i >= line.Length)
                return "invalid field format";
            field.KeyLength = i - field.KeyStart;
            if (field.KeyLength == 0)
                return "missing field key";
            i++;
            if (i >= line.Length || line[i] is (byte)',' or (byte)' ')
                return "missing field value";
            var error = line[i] switch
            {
                (>= (byte)'0' and <= (byte)'9') or (byte)'-' or (byte)'.' or (byte)'N' or (byte)'n' => ScanNumber(line, ref i, ref field),
                (byte)'"' => ScanString(line, ref i, ref field),
                _ => ScanBoolean(line, ref i, ref field),
            };
            if (error is not null)
                return error;
            point.Add(field);
            if (i >= line.Length || line[i] == ' ')
                return null;
            i++;
        }
    }

    private static int EndOfValue(ReadOnlySpan<byte> line, int start)
    {
        var n = line[start..].IndexOfAny((byte)',', (byte)' ');
        return n < 0 ? line.Length : start + n;
    }

    private static string? ScanNumber(ReadOnlySpan<byte> line, ref int i, ref ParsedField field)
    {
        var start = i;
        i = EndOfValue(line, start);
        var text = line[start..i];
        // Unsigned integers are kept as integers; what does not fit is refused.
        if (text[^1] is (byte)'i' or (byte)'u')
        {
            var integer = text[..^1];
            if (!IsInteger(integer) || (text[^1] == 'u' && integer[0] == '-'))
                return "invalid number";
            field.Type = FieldType.Integer;
            return Utf8Parser.TryParse(integer, out field.Bits, out _) ? null : $"unable to parse integer {OutOfRange(integer, true)}";
        }

        // Shape first: digits, one point, one exponent with an optional sign.
        bool point = false, exponent = false;
        int digits = 0, decimals = 0;
        ulong whole = 0;
        for (var j = text[0] == '-' ? 1 : 0; j < text.Length; j++)
        {
            var b = text[j];
            if (b is >= (byte)'0' and <= (byte)'9')
            {
                digits++;
                decimals += point ? 1 : 0;
                whole = whole * 10 + (uint)(b - '0');
            }
            else if (b == '.' && !point && !exponent)
                point = true;
            else if (b is (byte)'e' or (byte)'E' && !exponent && digits > 0)
                exponent = true;
            else if (!(b is (byte)'+' or (byte)'-' && j > 0 && text[j - 1] is (byte)'e' or (byte)'E'))
                return "invalid number";
        }

        if (digits == 0)
            return "invalid number";
        double value;
        if (digits <= ExactDigits && !exponent)
        {
            // Both are exact, so their quotient is the nearest double.
            value = whole / PowersOfTen[decimals];
            value = text[0] == '-' ? -value : value;
        }
        else if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) || double.IsInfinity(value))
            return "invalid float";
        field.Type = FieldType.Float;
        field.Bits = BitConverter.DoubleToInt64Bits(value);
        return null;
    }

    private static string? ScanBoolean(ReadOnlySpan<byte> line, ref int i, ref ParsedField field)
    {
        var start = i;
        i = EndOfValue(line, start);
        var text = line[start..i];
        field.Type = FieldType.Boolean;
        if (text.SequenceEqual("t"u8) || text.SequenceEqual("T"u8) || text.SequenceEqual("true"u8)
            || text.SequenceEqual("True"u8) || text.SequenceEqual("TRUE"u8))
            field.Bits = 1;
        else if (!(text.SequenceEqual("f"u8) || text.SequenceEqual("F"u8) || text.SequenceEqual("false"u8)
            || text.SequenceEqual("False"u8) || text.SequenceEqual("FALSE"u8)))
            return "invalid boolean";
        return null;
    }

    private static string? ScanString(ReadOnlySpan<byte> line, ref int i, ref ParsedField field)
    {
        var start = ++i;
        while (i < line.Length && line[i] != '"')
            i += line[i] == '\\' ? 2 : 1;
        if (i >= line.Length)
            return "unbalanced quotes";
        field.Type = FieldType.String;
        field.Text = ParsedPoint.Unescape(line[start..i], "\"\\"u8);
        i++;
        // influxd takes what follows the closing quote as part of the value and ignores it.
        i = EndOfValue(line, i);
        return null;
    }

    private static string? ScanTime(ReadOnlySpan<byte> line, int i, long unit, ParsedPoint point)
    {
        while (i < line.Length && line[i] == ' ')
            i++;
        if (i >= line.Length)
            return null;
        var end = EndOfValue(line, i);
        var text = line[i..end];
        if (!IsInteger(text))
            return "bad timestamp";
        if (line[end..].ContainsAnyExcept((byte)' '))
            return "point is invalid";
        if (!Utf8Parser.TryParse(text, out long time, out _))
            return OutOfRange(text, false);
        var scaled = (Int128)time * unit;
        if (scaled < MinTime || scaled > MaxTime)
            return $"time outside range {MinTime} - {MaxTime}";
        point.Time = (long)scaled;
        point.HasTime = true;
        return null;
    }

    private static bool IsInteger(ReadOnlySpan<byte> text)
    {
        if (text.Length > 0 && text[0] == '-')
            text = text[1..];
        return text.Length > 0 && !text.ContainsAnyExceptInRange((byte)'0', (byte)'9');
    }

    private static string OutOfRange(ReadOnlySpan<byte> digits, bool prefix)
    {
        var text = Encoding.ASCII.GetString(digits);
        return $"{(prefix ? text + ": " : "")}strconv.ParseInt: parsing \"{text}\": value out of range";
    }
}
