using OpenTelemetry.Proto.Collector.Trace.V1;
using OpenTelemetry.Proto.Trace.V1;

namespace Nbpy.Dashboard.Telemetry;

public sealed partial class TelemetryStore
{
    /// <summary>Takes spans in.</summary>
    /// <returns>Spans refused.</returns>
    internal long Add(ExportTraceServiceRequest request)
    {
        var now = time.GetUtcNow();
        var lost = 0L;
        lock (gate)
        {
            foreach (var group in request.ResourceSpans)
            {
                var sender = Sender(group.Resource);
                foreach (var scope in group.ScopeSpans)
                {
                    if (sender is null)
                    {
                        lost += scope.Spans.Count;
                        continue;
                    }

                    var source = text.Share(scope.Scope?.Name ?? "");
                    foreach (var span in scope.Spans)
                        sender.Spans.Add(Read(span, sender.Name, source, now));
                }
            }

            Shrink();
        }

        Interlocked.Add(ref refused, lost);
        Changed(ref spansVersion);
        return lost;
    }

    private SpanEntry Read(Span span, string sender, string source, DateTimeOffset now)
    {
        var start = TelemetryText.Time(span.StartTimeUnixNano, now);
        return new SpanEntry
        {
            Resource = sender,
            TraceId = TelemetryText.Hex(span.TraceId),
            SpanId = TelemetryText.Hex(span.SpanId),
            ParentId = TelemetryText.Hex(span.ParentSpanId),
            Name = text.Share(span.Name),
            Scope = source,
            Role = span.Kind switch
            {
                Span.Types.SpanKind.Server => SpanRole.Server,
                Span.Types.SpanKind.Client => SpanRole.Client,
                Span.Types.SpanKind.Producer => SpanRole.Producer,
                Span.Types.SpanKind.Consumer => SpanRole.Consumer,
                _ => SpanRole.Internal,
            },
            Start = start,
            Duration = span.EndTimeUnixNano > span.StartTimeUnixNano
                ? TimeSpan.FromTicks((long)Math.Min((span.EndTimeUnixNano - span.StartTimeUnixNano) / 100, (ulong)TimeSpan.MaxValue.Ticks))
                : TimeSpan.Zero,
            IsError = span.Status?.Code == Status.Types.StatusCode.Error,
            StatusMessage = text.Cut(span.Status?.Message ?? ""),
            Attributes = text.Attributes(span.Attributes),
            Events = [.. span.Events.Take(limits.Attributes).Select(e =>
                new SpanMoment(TelemetryText.Time(e.TimeUnixNano, start), text.Share(e.Name), text.Attributes(e.Attributes)))],
            Links = [.. span.Links.Take(limits.Attributes).Select(l =>
                new SpanLink(TelemetryText.Hex(l.TraceId), TelemetryText.Hex(l.SpanId), text.Attributes(l.Attributes)))],
        };
    }
}
