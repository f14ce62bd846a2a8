namespace Nbpy.Subscribers;

/// <summary>A lost range.</summary>
/// <param name="Reason">The tag of its point.</param>
/// <param name="Epoch">The publisher's epoch.</param>
/// <param name="From">First lost <c>_seq</c>.</param>
/// <param name="To">Last lost; one below <paramref name="From"/> where the end is not known.</param>
/// <param name="AtNs">The time of its point: when it was noticed, ns since the Unix epoch, later than that of the range before.</param>
/// <param name="Counted">Whether it belongs to the counter of this run.</param>
public sealed record LostRange(string Reason, ulong Epoch, ulong From, ulong To, long AtNs, bool Counted)
{
    /// <summary>Messages in it.</summary>
    public long Count => (long)(To - From + 1);

    internal bool IsOfSpool => Reason == GapRecorder.OfSpool;
}
