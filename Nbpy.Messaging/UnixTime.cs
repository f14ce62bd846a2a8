namespace Nbpy.Messaging;

/// <summary>Times as the message contract has them: nanoseconds since the Unix epoch.</summary>
public static class UnixTime
{
    /// <summary>Now, to the clock's 100 ns.</summary>
    public static long NowNs(TimeProvider time) => FromTicks(time.GetUtcNow().UtcTicks);

    /// <summary>From a time stamp; exact to 100 ns.</summary>
    public static long ToNs(DateTimeOffset time) => FromTicks(time.UtcTicks);

    private static long FromTicks(long utcTicks) => (utcTicks - DateTime.UnixEpoch.Ticks) * 100;
}
