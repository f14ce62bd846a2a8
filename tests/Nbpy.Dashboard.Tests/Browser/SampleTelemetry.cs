using Google.Protobuf;
using OpenTelemetry.Proto.Collector.Logs.V1;
using OpenTelemetry.Proto.Collector.Metrics.V1;
using OpenTelemetry.Proto.Collector.Trace.V1;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Logs.V1;
using OpenTelemetry.Proto.Metrics.V1;
using OpenTelemetry.Proto.Resource.V1;
using OpenTelemetry.Proto.Trace.V1;

namespace Nbpy.Dashboard.Tests.Browser;

/// <summary>Telemetry of the pipeline made up: traces publisher → subscriber → store, their logs, ten minutes of metrics.</summary>
internal static class SampleTelemetry
{
    public const string TraceId = "000000000000000000000000000000ab";
    private static readonly double[] Bounds = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1];

    public static Resource Sender(string name) => new() { Attributes = { Text("service.name", name), Text("service.instance.id", name), Text("telemetry.sdk.language", "dotnet") } };

    public static KeyValue Text(string key, string value) => new() { Key = key, Value = new AnyValue { StringValue = value } };

    public static ulong Nano(DateTimeOffset time) => (ulong)(time - DateTimeOffset.UnixEpoch).Ticks * 100;

    public static void Fill(DashboardServer server, DateTimeOffset now)
    {
        for (var i = 0; i < 40; i++)
            server.Telemetry.Add(Trace(i == 39 ? ByteString.CopyFrom(Convert.FromHexString(TraceId)) : Id(16, i), now.AddSeconds(i - 60), i % 9 == 4));
        for (var i = 0; i < 120; i++)
            server.Telemetry.Add(Log("kraken-tick-influxdb", i % 11 == 5 ? SeverityNumber.Warn : SeverityNumber.Info, $"Stored a batch of {200 + (i * 37 % 800)} points", now.AddSeconds((i / 2.0) - 70)));
        server.Telemetry.Add(Log("kraken-tick-influxdb", SeverityNumber.Error, "The store does not take writes", now.AddSeconds(-5), Convert.FromHexString(TraceId),
            Text("exception.type", "System.Net.Http.HttpRequestException"), Text("exception.stacktrace", "System.Net.Http.HttpRequestException: Connection refused\n   at Nbpy.Influx.InfluxClient.WriteAsync()\n   at Nbpy.Influx.BatchWriter.SendAsync()"),
            Text("request", """{"database":"tick","points":[1,2,3]}""")));
        for (var i = 0; i < 60; i++)
            server.Telemetry.Add(Metrics("kraken-tick-influxdb", now.AddSeconds((i - 60) * 10), i));
    }

    public static ExportLogsServiceRequest Log(string sender, SeverityNumber severity, string message, DateTimeOffset time, byte[]? trace = null, params KeyValue[] attributes)
    {
        var record = new LogRecord { TimeUnixNano = Nano(time), SeverityNumber = severity, Body = new AnyValue { StringValue = message }, Attributes = { Text("Topic", "kraken_tick") } };
        record.Attributes.AddRange(attributes);
        if (trace is not null)
        {
            record.TraceId = ByteString.CopyFrom(trace);
            record.SpanId = Id(8, 3);
        }

        return new() { ResourceLogs = { new ResourceLogs { Resource = Sender(sender), ScopeLogs = { new ScopeLogs { Scope = new() { Name = "Nbpy.Influx.BatchWriter" }, LogRecords = { record } } } } } };
    }

    public static ExportTraceServiceRequest Trace(ByteString trace, DateTimeOffset start, bool fails)
    {
        ScopeSpans Scope(Span span) => new() { Scope = new() { Name = "Nbpy" }, Spans = { span } };
        Span Make(int id, int parent, string name, Span.Types.SpanKind kind, double from, double to) => new()
        {
            TraceId = trace, SpanId = Id(8, id), ParentSpanId = parent == 0 ? ByteString.Empty : Id(8, parent), Name = name, Kind = kind,
            StartTimeUnixNano = Nano(start.AddMilliseconds(from)), EndTimeUnixNano = Nano(start.AddMilliseconds(to)), Attributes = { Text("messaging.destination.name", "kraken_tick") },
        };
        var write = Make(3, 2, "write", Span.Types.SpanKind.Client, 4, fails ? 60 : 11);
        write.Attributes.Add(Text("http.response.status_code", fails ? "503" : "204"));
        write.Events.Add(new Span.Types.Event { Name = "first byte", TimeUnixNano = Nano(start.AddMilliseconds(8)) });
        if (fails)
            write.Status = new Status { Code = Status.Types.StatusCode.Error, Message = "503" };
        return new()
        {
            ResourceSpans =
            {
                new ResourceSpans { Resource = Sender("kraken-tick"), ScopeSpans = { Scope(Make(1, 0, "publish kraken_tick", Span.Types.SpanKind.Producer, 0, 1.5)) } },
                new ResourceSpans { Resource = Sender("kraken-tick-influxdb"), ScopeSpans = { Scope(Make(2, 1, "process kraken_tick", Span.Types.SpanKind.Consumer, 2, 12)), Scope(write) } },
                new ResourceSpans { Resource = Sender("influxdb"), ScopeSpans = { Scope(Make(4, 3, "POST /write", Span.Types.SpanKind.Server, 5, 10)) } },
            },
        };
    }

    public static ExportMetricsServiceRequest Metrics(string sender, DateTimeOffset time, int step)
    {
        NumberDataPoint Point(string topic, long value) => new() { TimeUnixNano = Nano(time), AsInt = value, Attributes = { Text("topic", topic) } };
        var histogram = new HistogramDataPoint { TimeUnixNano = Nano(time), Count = (ulong)(step + 1) * 60, Sum = step, ExplicitBounds = { Bounds } };
        histogram.BucketCounts.AddRange(Enumerable.Range(0, Bounds.Length + 1).Select(b => (ulong)((step + 1) * Math.Max(0, 20 - (Math.Abs(b - 3 - (step % 7 / 3)) * 7)))));
        histogram.Exemplars.Add(new Exemplar { TimeUnixNano = Nano(time), AsDouble = 0.008, TraceId = ByteString.CopyFrom(Convert.FromHexString(TraceId)), SpanId = Id(8, 3) });
        return new()
        {
            ResourceMetrics =
            {
                new ResourceMetrics
                {
                    Resource = Sender(sender),
                    ScopeMetrics =
                    {
                        new ScopeMetrics
                        {
                            Scope = new() { Name = "Nbpy" },
                            Metrics =
                            {
                                new Metric { Name = "nbpy.messages.stored", Unit = "{message}", Description = "Messages that the store has taken.", Sum = new() { IsMonotonic = true, AggregationTemporality = AggregationTemporality.Cumulative, DataPoints = { Point("kraken_tick", step * (900 + (step % 5 * 40))), Point("kraken_depth", step * 500) } } },
                                new Metric { Name = "nbpy.write.duration", Unit = "s", Description = "Time from sending a batch to the store's answer.", Histogram = new() { AggregationTemporality = AggregationTemporality.Cumulative, DataPoints = { histogram } } },
                                new Metric { Name = "nbpy.spool.size", Unit = "By", Description = "Bytes waiting on disk for the store.", Gauge = new() { DataPoints = { Point("kraken_tick", 4096 * (step % 13)) } } },
                            },
                        },
                    },
                },
            },
        };
    }

    private static ByteString Id(int length, int number)
    {
        var bytes = new byte[length];
        bytes[^1] = (byte)number;
        bytes[0] = 1;
        return ByteString.CopyFrom(bytes);
    }
}
