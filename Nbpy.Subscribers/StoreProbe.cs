using System.Diagnostics;
using Nbpy.Messaging;

namespace Nbpy.Subscribers;

/// <summary>Measures the way of single messages to the store: one is noted as it is handed to the writer, and when the writer has got as far, its
/// time is recorded and its trace goes on. One at a time; messages in between cost a comparison.</summary>
public sealed class StoreProbe(string measurement, TimeProvider time)
{
    private readonly Lock gate = new();
    private long handedOver;
    private Probe? waiting;

    /// <summary>A message is about to go to the writer. Called by the one thread that hands over.</summary>
    /// <param name="timestampNs">The venue's time.</param>
    /// <param name="traceParent">W3C trace context of the message; null: it is not traced.</param>
    /// <returns>The trace context that the write request goes on with; null: it is in no trace.</returns>
    public string? HandOver(long timestampNs, string? traceParent)
    {
        handedOver++;
        if (Volatile.Read(ref waiting) is not null || (traceParent is null && !MessagingTelemetry.ToStored.Enabled))
            return null;
        var span = traceParent is null ? null : Begin(traceParent);
        lock (gate)
            waiting = new Probe(handedOver, timestampNs, span);
        return span?.Id;
    }

    /// <summary>The writer is done with so many, in the order they were handed over.</summary>
    public void Done(long count)
    {
        if (Volatile.Read(ref waiting) is not { } probe || count < probe.Count)
            return;
        lock (gate)
            waiting = null;
        MessagingTelemetry.ToStored.RecordBetween(probe.TimestampNs, UnixTime.NowNs(time));
        probe.Span?.SetEndTime(time.GetUtcNow().UtcDateTime);
        probe.Span?.Dispose();
    }

    /// <summary>The span begins on the thread that hands over and ends on another: it is current on neither.</summary>
    private Activity? Begin(string traceParent)
    {
        if (!ActivityContext.TryParse(traceParent, null, isRemote: true, out var parent))
            return null;
        var before = Activity.Current;
        var span = MessagingTelemetry.Source.StartActivity($"store {measurement}", ActivityKind.Consumer, parent, startTime: time.GetUtcNow());
        Activity.Current = before;
        return span?.SetTag("messaging.system", "zeromq").SetTag("db.system.name", "influxdb").SetTag("db.collection.name", measurement);
    }

    private sealed record Probe(long Count, long TimestampNs, Activity? Span);
}
