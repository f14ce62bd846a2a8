using System.Globalization;

namespace Nbpy.EmbeddedInflux.InfluxQl;

/// <summary>Durations as InfluxDB prints them: <c>720h0m0s</c>, <c>0s</c>.</summary>
internal static class GoDuration
{
    public static string Format(TimeSpan duration) => duration == TimeSpan.Zero
        ? "0s"
        : string.Create(CultureInfo.InvariantCulture, $"{(long)duration.TotalHours}h{duration.Minutes}m{duration.Seconds}s");
}
