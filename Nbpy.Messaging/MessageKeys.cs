namespace Nbpy.Messaging;

/// <summary>The keys that every message carries besides its own (version 1 of the message contract).</summary>
public static class MessageKeys
{
    /// <summary>int64: nanoseconds since the Unix epoch, the venue's time where it gives one.</summary>
    public const string Timestamp = "timestamp";

    /// <summary>uint64: rises by one per topic and epoch, from 1.</summary>
    public const string Sequence = "_seq";

    /// <summary>uint64: changes when the publisher restarts.</summary>
    public const string Epoch = "_epoch";

    /// <summary>int64: nanoseconds since the Unix epoch at publishing.</summary>
    public const string Sent = "_sent";

    /// <summary>string: <c>live</c>, <c>replay</c> or <c>simulated</c>.</summary>
    public const string Source = "source";

    /// <summary>string: W3C trace context, on the few messages that are traced.</summary>
    public const string Trace = "_trace";

    /// <summary>uint64: on a republished message, the sequence number that decides its stored time: that of the message it was made from.</summary>
    public const string Origin = "_origin";

    /// <summary>True for a key that the publisher sets itself.</summary>
    public static bool IsReserved(string key) => key is Timestamp or Sequence or Epoch or Sent or Source or Trace or Origin;
}
