namespace Nbpy.Messaging;

/// <summary>What a publisher has done since it started.</summary>
/// <param name="Published">Messages handed to ZeroMQ.</param>
/// <param name="Bytes">Their payload bytes.</param>
/// <param name="Subscriptions">Subscriptions held now.</param>
public sealed record PublisherCounters(long Published, long Bytes, int Subscriptions);
