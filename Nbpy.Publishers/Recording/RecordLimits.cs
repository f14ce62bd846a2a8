using System.Globalization;

namespace Nbpy.Publishers.Recording;

/// <summary>What <c>--duration</c> and <c>--max-size</c> may say.</summary>
internal static class RecordLimits
{
    private const double LongestSeconds = 30 * 86_400.0;
    private const double SmallestBytes = 4096;
    private const double LargestBytes = 1e15;

    private static readonly (string Name, double Factor)[] Times = [("s", 1), ("m", 60), ("h", 3600), ("", 1)];

    private static readonly (string Name, double Factor)[] Sizes =
    [
        ("KiB", 1024), ("MiB", 1024 * 1024), ("GiB", 1024.0 * 1024 * 1024), ("KB", 1e3), ("MB", 1e6), ("GB", 1e9), ("", 1),
    ];

    /// <summary>Seconds, or a number with s, m or h; null when it is none, or nothing, or more than 30 days.</summary>
    public static TimeSpan? Duration(string text) => Read(text, Times) is >= 0.001 and <= LongestSeconds and var value ? TimeSpan.FromSeconds(value) : null;

    /// <summary>Bytes, or a number with KB, MB, GB (powers of 1000) or KiB, MiB, GiB (of 1024); null when it is none, or below 4096 bytes.</summary>
    public static long? Size(string text) => Read(text, Sizes) is >= SmallestBytes and <= LargestBytes and var value ? (long)value : null;

    private static double? Read(string text, (string Name, double Factor)[] units)
    {
        var (name, factor) = units.First(u => text.EndsWith(u.Name, StringComparison.OrdinalIgnoreCase));
        return double.TryParse(text.AsSpan(0, text.Length - name.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
            ? value * factor : null;
    }
}
