using Grpc.Core;
using Nbpy.Dashboard.Telemetry;
using OpenTelemetry.Proto.Collector.Logs.V1;
using OpenTelemetry.Proto.Collector.Metrics.V1;
using OpenTelemetry.Proto.Collector.Trace.V1;

namespace Nbpy.Dashboard.Otlp;

/// <summary>OTLP's log service over gRPC.</summary>
internal sealed class OtlpGrpcLogs(TelemetryStore store) : LogsService.LogsServiceBase
{
    public override Task<ExportLogsServiceResponse> Export(ExportLogsServiceRequest request, ServerCallContext context) =>
        Task.FromResult(OtlpAnswers.Logs(store.Add(request)));
}

/// <summary>OTLP's trace service over gRPC.</summary>
internal sealed class OtlpGrpcTraces(TelemetryStore store) : TraceService.TraceServiceBase
{
    public override Task<ExportTraceServiceResponse> Export(ExportTraceServiceRequest request, ServerCallContext context) =>
        Task.FromResult(OtlpAnswers.Traces(store.Add(request)));
}

/// <summary>OTLP's metrics service over gRPC.</summary>
internal sealed class OtlpGrpcMetrics(TelemetryStore store) : MetricsService.MetricsServiceBase
{
    public override Task<ExportMetricsServiceResponse> Export(ExportMetricsServiceRequest request, ServerCallContext context) =>
        Task.FromResult(OtlpAnswers.Metrics(store.Add(request)));
}

/// <summary>Answers: what was refused is said (OTLP's "partial success"), so that a sender can say it too.</summary>
internal static class OtlpAnswers
{
    private const string Reason = "the dashboard keeps a bounded number of senders and series";

    public static ExportLogsServiceResponse Logs(long refused) =>
        refused == 0 ? new() : new() { PartialSuccess = new() { RejectedLogRecords = refused, ErrorMessage = Reason } };

    public static ExportTraceServiceResponse Traces(long refused) =>
        refused == 0 ? new() : new() { PartialSuccess = new() { RejectedSpans = refused, ErrorMessage = Reason } };

    public static ExportMetricsServiceResponse Metrics(long refused) =>
        refused == 0 ? new() : new() { PartialSuccess = new() { RejectedDataPoints = refused, ErrorMessage = Reason } };
}
