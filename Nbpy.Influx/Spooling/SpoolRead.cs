namespace Nbpy.Influx.Spooling;

/// <summary>What a peek gave, so that going on goes past just that.</summary>
/// <param name="Segment">The segment's number.</param>
/// <param name="From">Where it began.</param>
/// <param name="To">Where the next record begins.</param>
/// <param name="Lines">Lines.</param>
/// <param name="Last">The last record's messages.</param>
internal readonly record struct SpoolRead(long Segment, long From, long To, int Lines, MessageRange Last);
