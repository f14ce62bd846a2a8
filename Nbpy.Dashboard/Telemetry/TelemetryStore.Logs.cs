using OpenTelemetry.Proto.Collector.Logs.V1;
using OpenTelemetry.Proto.Logs.V1;

namespace Nbpy.Dashboard.Telemetry;

public sealed partial class TelemetryStore
{
    /// <summary>Takes log records in.</summary>
    /// <returns>Records refused.</returns>
    internal long Add(ExportLogsServiceRequest request)
    {
        var now = time.GetUtcNow();
        var lost = 0L;
        lock (gate)
        {
            foreach (var group in request.ResourceLogs)
            {
                var sender = Sender(group.Resource);
                foreach (var scope in group.ScopeLogs)
                {
                    if (sender is null)
                    {
                        lost += scope.LogRecords.Count;
                        continue;
                    }

                    var category = text.Share(scope.Scope?.Name ?? "");
                    foreach (var record in scope.LogRecords)
                        sender.Logs.Add(Read(record, sender.Name, category, now));
                }
            }

            Shrink();
        }

        Interlocked.Add(ref refused, lost);
        Changed(ref logsVersion);
        return lost;
    }

    private LogEntry Read(LogRecord record, string sender, string category, DateTimeOffset now) => new()
    {
        Id = ++nextLogId,
        Resource = sender,
        Time = TelemetryText.Time(record.TimeUnixNano != 0 ? record.TimeUnixNano : record.ObservedTimeUnixNano, now),
        Severity = SeverityOf((int)record.SeverityNumber),
        Message = text.Text(record.Body),
        Category = category,
        EventName = text.Share(record.EventName),
        TraceId = TelemetryText.Hex(record.TraceId),
        SpanId = TelemetryText.Hex(record.SpanId),
        Attributes = text.Attributes(record.Attributes),
    };

    /// <summary>OTLP numbers severities in fours; 0 is unspecified.</summary>
    private static LogSeverity SeverityOf(int number) => number switch
    {
        < 1 => LogSeverity.Information,
        < 5 => LogSeverity.Trace,
        < 9 => LogSeverity.Debug,
        < 13 => LogSeverity.Information,
        < 17 => LogSeverity.Warning,
        < 21 => LogSeverity.Error,
        _ => LogSeverity.Critical,
    };
}
