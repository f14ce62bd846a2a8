using System.Globalization;

namespace Nbpy.ServiceDefaults;

/// <summary>The name of one run of the whole system (<see cref="EnvironmentNames.Run"/>). It holds when the run began, so that a service can tell
/// an earlier run's messages, whose epochs are times, from this one's.</summary>
public static class RunName
{
    private const int TimeDigits = 12;
    private const int Length = 32;
    private const int VersionDigit = 12;

    /// <summary>A new name: a UUID of version 7, without hyphens.</summary>
    /// <param name="now">When the run begins.</param>
    public static string New(DateTimeOffset now) => Guid.CreateVersion7(now).ToString("N");

    /// <summary>When the run began, ns since the Unix epoch; 0 where the name does not say it (what is published to Compose is one run for ever).</summary>
    public static ulong StartNs(string run) =>
        run.Length == Length && run[VersionDigit] == '7' && ulong.TryParse(run.AsSpan(0, TimeDigits), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var ms)
            ? ms * 1_000_000
            : 0;
}
