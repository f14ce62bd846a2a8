using System.Globalization;

namespace Nbpy.EmbeddedInflux.InfluxQl;

/// <summary>Dates as InfluxQL takes them: <c>2020-01-01</c>, with a time after a T or a space, a fraction of up to 9 digits, a zone.</summary>
internal static class Rfc3339Time
{
    public static long? Parse(string text)
    {
        long fraction = 0;
        var dot = text.IndexOf('.', StringComparison.Ordinal);
        if (dot >= 0)
        {
            var end = dot + 1;
            while (end < text.Length && char.IsAsciiDigit(text[end]))
                end++;
            var digits = text[(dot + 1)..end];
            if (digits.Length is 0 or > 9)
                return null;
            fraction = long.Parse(digits.PadRight(9, '0'), CultureInfo.InvariantCulture);
            text = text[..dot] + text[end..];
        }

        string[] formats = ["yyyy-MM-dd", "yyyy-MM-dd HH:mm:ss", "yyyy-MM-ddTHH:mm:ss", "yyyy-MM-ddTHH:mm:ssZ", "yyyy-MM-dd HH:mm:ssZ", "yyyy-MM-ddTHH:mm:sszzz"];
        return DateTimeOffset.TryParseExact(text, formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? ((time.UtcTicks - DateTime.UnixEpoch.Ticks) * 100) + fraction
            : null;
    }
}
