using System.Globalization;

namespace Nbpy.ServiceDefaults.Configuration;

/// <summary>Durations in InfluxDB's spelling: <c>30d</c>, <c>6h</c>, <c>1w</c>, <c>1h30m</c>, <c>INF</c>.</summary>
public static class InfluxDuration
{
    /// <summary>Reads a duration; <see cref="TimeSpan.Zero"/> is infinite.</summary>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        if (text is "INF" or "inf" or "0s")
            return true;
        var rest = text.AsSpan();
        while (!rest.IsEmpty)
        {
            var digits = rest.IndexOfAnyExceptInRange('0', '9');
            if (digits <= 0 || !long.TryParse(rest[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count > 1_000_000)
                return false;
            rest = rest[digits..];
            var unit = rest[0] switch
            {
                'w' => TimeSpan.FromDays(7),
                'd' => TimeSpan.FromDays(1),
                'h' => TimeSpan.FromHours(1),
                'm' when rest.Length == 1 || rest[1] != 's' => TimeSpan.FromMinutes(1),
                's' => TimeSpan.FromSeconds(1),
                _ => TimeSpan.Zero,
            };
            if (unit == TimeSpan.Zero)
                return false;
            duration += unit * count;
            rest = rest[1..];
        }

        return duration > TimeSpan.Zero;
    }
}
