using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Nbpy.ServiceDefaults.Telemetry;

namespace Nbpy.EmbeddedInflux.Http;

/// <summary>The store's part of a trace: a write whose client says that it belongs to one (W3C <c>traceparent</c>) has a span of its own in it.
/// Every other write costs a comparison, and so does every one while nobody takes spans.</summary>
internal static class WriteSpan
{
    private static readonly ActivitySource Source = new(InstrumentTable.Meter);

    /// <summary>Begins the span; null where there is none. It ends when it is disposed.</summary>
    public static Activity? Begin(HttpRequest request, string database)
    {
        if (!Source.HasListeners() || request.Headers.TraceParent is not [{ Length: > 0 } parent]
            || !ActivityContext.TryParse(parent, request.Headers.TraceState, isRemote: true, out var context))
            return null;

        // The span is the request's alone: whatever runs beside it is in no trace.
        var span = Source.StartActivity("POST /write", ActivityKind.Server, context);
        span?.SetTag("http.request.method", "POST").SetTag("http.route", "/write").SetTag("db.system.name", "influxdb").SetTag("db.namespace", database);
        return span;
    }

    /// <summary>Notes what was written, or that nothing was.</summary>
    public static void End(Activity? span, int bytes, bool stored)
    {
        if (span is null)
            return;
        span.SetTag("http.request.body.size", bytes);
        if (!stored)
            span.SetStatus(ActivityStatusCode.Error, "not stored");
        span.Dispose();
    }
}
