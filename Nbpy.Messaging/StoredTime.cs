namespace Nbpy.Messaging;

/// <summary>The time under which a message is stored. InfluxDB merges points of one series with one time, and venues stamp
/// several ticks with the same microsecond, so the digits below the microsecond carry the sequence number: unique for the
/// 1,000 messages that a publisher gives one microsecond at most, and the same however often the message is stored again.</summary>
public static class StoredTime
{
    /// <param name="timestampNs">The message's <c>timestamp</c>, ns since the Unix epoch.</param>
    /// <param name="sequence">The message's <c>_origin</c> where it has one, else its <c>_seq</c>.</param>
    /// <returns>ns since the Unix epoch, within one microsecond of <paramref name="timestampNs"/>.</returns>
    public static long Of(long timestampNs, ulong sequence) => timestampNs - (timestampNs % 1000) + (long)(sequence % 1000);
}
