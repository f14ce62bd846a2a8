using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Nbpy.EmbeddedInflux.Http;

/// <summary>JSON values as Go's encoding/json prints them, byte for byte: what InfluxDB's clients are used to.</summary>
public static class GoJson
{
    private static readonly SearchValues<char> Special =
        SearchValues.Create([.. Enumerable.Range(0, 32).Select(i => (char)i), '"', '\\', '<', '>', '&', '\u2028', '\u2029']);

    /// <summary>A number: shortest round trip, no ".0", an exponent below 1e-6 and from 1e21.</summary>
    public static string Number(double value)
    {
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        var e = text.IndexOf('E', StringComparison.Ordinal);
        if (e < 0)
            return text;
        var exponent = int.Parse(text.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        return exponent is < -6 or >= 21
            ? string.Create(CultureInfo.InvariantCulture, $"{text.AsSpan(0, e)}e{exponent:+0;-0}")
            : Expand(text, e, exponent);
    }

    /// <summary>A number without an exponent, as Go's <c>FormatFloat(v, 'f', -1, 64)</c>.</summary>
    public static string Decimal(double value)
    {
        if (double.IsNaN(value))
            return "NaN";
        if (double.IsInfinity(value))
            return value > 0 ? "+Inf" : "-Inf";
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        var e = text.IndexOf('E', StringComparison.Ordinal);
        return e < 0 ? text : Expand(text, e, int.Parse(text.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture));
    }

    /// <summary>Writes a number without a string where it can.</summary>
    public static void WriteNumber(IBufferWriter<byte> output, double value)
    {
        var span = output.GetSpan(32);
        if (Math.Abs(value) is >= 1e-4 and < 1e15 or 0 && Utf8Formatter.TryFormat(value, span, out var written) && !span[..written].Contains((byte)'E'))
            output.Advance(written);
        else
            output.Write(Encoding.ASCII.GetBytes(Number(value)));
    }

    /// <summary>Writes a quoted string.</summary>
    public static void WriteString(IBufferWriter<byte> output, string text)
    {
        output.Write("\""u8);
        var rest = text.AsSpan();
        while (true)
        {
            var n = rest.IndexOfAny(Special);
            var plain = n < 0 ? rest : rest[..n];
            var span = output.GetSpan(Encoding.UTF8.GetMaxByteCount(plain.Length));
            output.Advance(Encoding.UTF8.GetBytes(plain, span));
            if (n < 0)
                break;
            var c = rest[n];
            output.Write(c switch
            {
                '"' => "\\\""u8,
                '\\' => "\\\\"u8,
                '\n' => "\\n"u8,
                '\r' => "\\r"u8,
                '\t' => "\\t"u8,
                _ => Encoding.ASCII.GetBytes($"\\u{(int)c:x4}"),
            });
            rest = rest[(n + 1)..];
        }

        output.Write("\""u8);
    }

    /// <summary>RFC 3339 in UTC with as many digits of the second as needed.</summary>
    public static string Time(long nanoseconds)
    {
        var seconds = Math.DivRem(nanoseconds, 1_000_000_000, out var rest);
        if (rest < 0)
        {
            seconds--;
            rest += 1_000_000_000;
        }

        var text = DateTime.UnixEpoch.AddSeconds(seconds).ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture);
        return rest == 0 ? text + "Z" : text + "." + rest.ToString("D9", CultureInfo.InvariantCulture).TrimEnd('0') + "Z";
    }

    /// <summary>RFC 3339 with a zone's offset: <c>2000-04-02T00:00:00-08:00</c>.</summary>
    public static string Time(long nanoseconds, TimeZoneInfo zone)
    {
        var utc = new DateTimeOffset(DateTime.UnixEpoch.AddTicks((long)Math.Floor(nanoseconds / 100m)), TimeSpan.Zero);
        var offset = zone.GetUtcOffset(utc);
        if (offset == TimeSpan.Zero)
            return Time(nanoseconds);
        return Time(nanoseconds + (offset.Ticks * 100))[..^1]
            + (offset < TimeSpan.Zero ? "-" : "+") + offset.ToString("hh\\:mm", CultureInfo.InvariantCulture);
    }

    private static string Expand(string scientific, int e, int exponent)
    {
        var negative = scientific[0] == '-' ? "-" : "";
        var digits = scientific[negative.Length..e].Replace(".", "", StringComparison.Ordinal);
        var point = exponent + 1;
        return negative + (point <= 0 ? "0." + new string('0', -point) + digits
            : point >= digits.Length ? digits + new string('0', point - digits.Length)
            : digits[..point] + "." + digits[point..]);
    }
}
