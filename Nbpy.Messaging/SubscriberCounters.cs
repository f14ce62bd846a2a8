namespace Nbpy.Messaging;

/// <summary>What a subscriber has seen since it started.</summary>
/// <param name="Received">Messages received.</param>
/// <param name="Malformed">Payloads that are not what the contract says.</param>
/// <param name="Gaps">Ranges missing in <c>_seq</c>.</param>
/// <param name="Missing">Messages in those ranges.</param>
/// <param name="Late">Messages published before this subscriber joined.</param>
/// <param name="Duplicates">Messages that came again.</param>
/// <param name="Failed">Messages that the subscriber's own <c>ProcessMessage</c> threw on.</param>
/// <param name="Foreign">Messages of another topic that begins as this one does.</param>
public sealed record SubscriberCounters(long Received, long Malformed, long Gaps, long Missing, long Late, long Duplicates, long Failed = 0, long Foreign = 0);
