namespace Nbpy.EmbeddedInflux.Subscriptions;

/// <summary>What was sent and what was not. Thread safe.</summary>
internal sealed class SendCounts
{
    private long _points, _failures;

    public long PointsWritten => Interlocked.Read(ref _points);

    /// <summary>Batches that were refused, or dropped.</summary>
    public long WriteFailures => Interlocked.Read(ref _failures);

    public void Wrote(int points) => Interlocked.Add(ref _points, points);

    public void Failed() => Interlocked.Increment(ref _failures);
}
