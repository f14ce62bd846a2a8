namespace Nbpy.Influx;

/// <summary>Which messages a batch holds, so that what becomes of it can be named: an epoch of their publisher and sequence
/// numbers. A batch that spans epochs carries the last one's.</summary>
/// <param name="Epoch">The publisher's epoch; 0 when the points come from no message.</param>
/// <param name="First">Lowest sequence number.</param>
/// <param name="Last">Highest sequence number.</param>
public readonly record struct MessageRange(ulong Epoch, ulong First, ulong Last)
{
    /// <summary>The range that also holds later messages.</summary>
    internal MessageRange With(MessageRange later) => With(later.Epoch, later.First).With(later.Epoch, later.Last);

    /// <summary>The range that also holds one later message.</summary>
    public MessageRange With(ulong epoch, ulong sequence) =>
        epoch == Epoch && First != 0 ? this with { Last = Math.Max(Last, sequence) } : new MessageRange(epoch, sequence, sequence);
}
