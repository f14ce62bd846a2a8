using System.Globalization;

namespace Nbpy.Publishers.Live;

/// <summary>The HTTP header Retry-After (RFC 9110, 10.2.3): seconds, or a date.</summary>
public static class RetryAfter
{
    /// <summary>The wait that a header's value asks for; null when there is none or it means nothing.</summary>
    public static TimeSpan? Parse(string? value, DateTimeOffset now)
    {
        if (int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
            return TimeSpan.FromSeconds(seconds);
        return DateTimeOffset.TryParseExact(value, "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            ? (at > now ? at - now : TimeSpan.Zero) : null;
    }
}
