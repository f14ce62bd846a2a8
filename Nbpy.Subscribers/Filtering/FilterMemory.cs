namespace Nbpy.Subscribers.Filtering;

/// <summary>The last message of a symbol that a filter let through.</summary>
/// <param name="Value">What is watched; null where the message had it not.</param>
/// <param name="TimestampNs">The message's time.</param>
public readonly record struct FilterMemory(double? Value, long TimestampNs);
