using System.Globalization;

namespace Nbpy.Publishers.Decoding;

/// <summary>RFC 3339 times to nanoseconds. <see cref="DateTime"/> holds seven fractional digits; venues send up to nine.</summary>
public static class Rfc3339
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>Reads <c>2026-01-15T10:30:00.123456789Z</c> (0 to 9 fractional digits, <c>Z</c> or an offset) or, as
    /// OANDA sends with <c>Accept-Datetime-Format: UNIX</c>, <c>1768473000.123456789</c>.</summary>
    /// <returns>False when the text is neither, or lies outside what 64 bits of nanoseconds hold (1677 to 2262).</returns>
    public static bool TryParse(ReadOnlySpan<byte> text, out long nanoseconds)
    {
        nanoseconds = 0;
        if (text.Length < 19 || text[4] != '-')
            return TryParseUnix(text, out nanoseconds);
        if (text[7] != '-' || text[10] is not ((byte)'T' or (byte)'t' or (byte)' ') || text[13] != ':' || text[16] != ':')
            return false;
        if (!TryDigits(text[..4], out var year) || !TryDigits(text[5..7], out var month) || !TryDigits(text[8..10], out var day)
            || !TryDigits(text[11..13], out var hour) || !TryDigits(text[14..16], out var minute)
            || !TryDigits(text[17..19], out var second))
            return false;
        // A leap second (60) becomes the first second of the next minute.
        if (year is < 1678 or > 2261 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth((int)year, (int)month)
            || hour > 23 || minute > 59 || second > 60)
            return false;

        var rest = text[19..];
        if (!TryFraction(ref rest, out var fraction) || !TryOffset(rest, out var offsetSeconds))
            return false;
        var days = (new DateTime((int)year, (int)month, (int)day, 0, 0, 0, DateTimeKind.Utc) - DateTime.UnixEpoch).Days;
        var seconds = days * 86_400L + hour * 3600 + minute * 60 + second - offsetSeconds;
        nanoseconds = seconds * NanosecondsPerSecond + fraction;
        return true;
    }

    /// <inheritdoc cref="TryParse(ReadOnlySpan{byte}, out long)"/>
    public static bool TryParse(string? text, out long nanoseconds)
    {
        nanoseconds = 0;
        if (text is null || text.Length > 64)
            return false;
        Span<byte> bytes = stackalloc byte[64];
        return System.Text.Ascii.IsValid(text)
            && TryParse(bytes[..System.Text.Encoding.ASCII.GetBytes(text, bytes)], out nanoseconds);
    }

    /// <summary>Nanoseconds since the Unix epoch of a clock's reading.</summary>
    public static long ToNanoseconds(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks * 100;

    /// <summary>The other way, to 100 ns; for log lines.</summary>
    public static string Format(long nanoseconds) =>
        DateTime.UnixEpoch.AddTicks(nanoseconds / 100).ToString("O", CultureInfo.InvariantCulture);

    /// <summary>Reads <c>1618678132.949446</c>: Unix seconds with up to nine fractional digits.</summary>
    public static bool TryParseUnix(ReadOnlySpan<byte> text, out long nanoseconds)
    {
        nanoseconds = 0;
        var dot = text.IndexOf((byte)'.');
        var whole = dot < 0 ? text : text[..dot];
        if (whole.Length is 0 or > 10 || !TryDigits(whole, out var seconds))
            return false;
        var rest = dot < 0 ? [] : text[dot..];
        if (!TryFraction(ref rest, out var fraction) || !rest.IsEmpty || seconds >= long.MaxValue / NanosecondsPerSecond)
            return false;
        nanoseconds = seconds * NanosecondsPerSecond + fraction;
        return true;
    }

    private static bool TryDigits(ReadOnlySpan<byte> text, out long value)
    {
        value = 0;
        foreach (var c in text)
        {
            if (c is < (byte)'0' or > (byte)'9')
                return false;
            value = value * 10 + (c - '0');
        }
        return true;
    }

    private static bool TryFraction(ref ReadOnlySpan<byte> text, out long nanoseconds)
    {
        nanoseconds = 0;
        if (text.IsEmpty || text[0] != '.')
            return true;
        long unit = NanosecondsPerSecond / 10;
        var i = 1;
        for (; i < text.Length && text[i] is >= (byte)'0' and <= (byte)'9'; i++)
        {
            nanoseconds += (text[i] - '0') * unit;
            unit /= 10;
        }
        text = text[i..];
        return i > 1;
    }

    private static bool TryOffset(ReadOnlySpan<byte> text, out long seconds)
    {
        seconds = 0;
        if (text.Length == 1 && text[0] is (byte)'Z' or (byte)'z')
            return true;
        if (text.Length != 6 || text[0] is not ((byte)'+' or (byte)'-') || text[3] != ':'
            || !TryDigits(text[1..3], out var hours) || !TryDigits(text[4..6], out var minutes))
            return false;
        seconds = (hours * 3600 + minutes * 60) * (text[0] == '-' ? -1 : 1);
        return true;
    }
}
