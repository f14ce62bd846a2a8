using System.Diagnostics;

namespace Nbpy.Messaging;

/// <summary>Chooses the messages whose way is traced: one in ten seconds, so that a trace is always at hand and the fast path stays fast.</summary>
internal sealed class MessageTracer(TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private long? last;

    /// <summary>Begins the trace of a message; null for a message that is not traced, and always while nobody listens.</summary>
    public Activity? Start(string topic)
    {
        if (!MessagingTelemetry.Source.HasListeners())
            return null;
        var now = time.GetTimestamp();
        if (last is { } then && time.GetElapsedTime(then, now) < Interval)
            return null;
        last = now;
        var activity = MessagingTelemetry.Source.StartActivity($"publish {topic}", ActivityKind.Producer, default(ActivityContext));
        return activity?.SetTag("messaging.system", "zeromq").SetTag("messaging.destination.name", topic);
    }
}
