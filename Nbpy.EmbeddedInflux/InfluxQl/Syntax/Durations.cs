using System.Globalization;
using System.Text;

namespace Nbpy.EmbeddedInflux.InfluxQl.Syntax;

/// <summary>Durations as InfluxQL writes them (<c>1h30m</c>, to nanoseconds) and as Go prints them (<c>720h0m0s</c>).</summary>
internal static class Durations
{
    /// <summary>Parses <c>1w2d3h4m5s6ms7u8ns</c>, with a minus or without.</summary>
    /// <returns>Null, or what InfluxDB says of a text that is no duration.</returns>
    public static string? Parse(string text, out long nanoseconds)
    {
        const string Invalid = "invalid duration";
        nanoseconds = 0;
        var negative = text.StartsWith('-');
        var i = negative ? 1 : 0;
        if (i == text.Length)
            return Invalid;
        while (i < text.Length)
        {
            var start = i;
            while (i < text.Length && char.IsAsciiDigit(text[i]))
                i++;
            if (i == start || !long.TryParse(text.AsSpan(start, i - start), CultureInfo.InvariantCulture, out var n))
                return Invalid;
            var unit = i;
            while (i < text.Length && !char.IsAsciiDigit(text[i]))
                i++;
            if (UnitOf(text.AsSpan(unit, i - unit)) is not { } factor)
                return Invalid;
            try
            {
                nanoseconds = checked(nanoseconds + n * factor);
            }
            catch (OverflowException)
            {
                return $"overflowed duration {n}{text[unit..i]}: choose a smaller duration or INF";
            }
        }

        if (negative)
            nanoseconds = -nanoseconds;
        return null;
    }

    private static long? UnitOf(ReadOnlySpan<char> unit) => unit switch
    {
        "ns" => 1,
        "u" or "µ" or "μ" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        "d" => 86_400_000_000_000,
        "w" => 604_800_000_000_000,
        _ => null,
    };

    /// <summary>As InfluxQL writes it, in the largest unit that divides it: <c>1w</c>, <c>90m</c>, <c>0s</c>.</summary>
    public static string Ql(long nanoseconds)
    {
        if (nanoseconds == 0)
            return "0s";
        foreach (var (unit, factor) in (ReadOnlySpan<(string, long)>)[("w", 604_800_000_000_000), ("d", 86_400_000_000_000),
            ("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000), ("ms", 1_000_000), ("u", 1_000)])
        {
            if (nanoseconds % factor == 0)
                return (nanoseconds / factor).ToString(CultureInfo.InvariantCulture) + unit;
        }

        return nanoseconds.ToString(CultureInfo.InvariantCulture) + "ns";
    }

    /// <summary>As Go prints a duration of whole seconds or less: <c>0s</c>, <c>1h0m0s</c>, <c>1.5s</c>, <c>20ms</c>.</summary>
    public static string Go(TimeSpan duration)
    {
        if (duration == TimeSpan.Zero)
            return "0s";
        var text = new StringBuilder();
        if (duration < TimeSpan.FromMilliseconds(1))
            return string.Create(CultureInfo.InvariantCulture, $"{duration.TotalMicroseconds:0.###}µs");
        if (duration < TimeSpan.FromSeconds(1))
            return string.Create(CultureInfo.InvariantCulture, $"{duration.TotalMilliseconds:0.######}ms");
        var hours = (long)duration.TotalHours;
        if (hours > 0)
            text.Append(CultureInfo.InvariantCulture, $"{hours}h");
        if (hours > 0 || duration.Minutes > 0)
            text.Append(CultureInfo.InvariantCulture, $"{duration.Minutes}m");
        var seconds = duration.Seconds + (decimal)(duration.Ticks % TimeSpan.TicksPerSecond) / TimeSpan.TicksPerSecond;
        return text.Append(CultureInfo.InvariantCulture, $"{seconds:0.#######}s").ToString();
    }
}
