using Google.Protobuf;
using Nbpy.Dashboard;
using Nbpy.Dashboard.Telemetry;
using OpenTelemetry.Proto.Collector.Logs.V1;
using OpenTelemetry.Proto.Collector.Metrics.V1;
using OpenTelemetry.Proto.Collector.Trace.V1;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Metrics.V1;

namespace Nbpy.Fuzz.Tests;

/// <summary>Telemetry that services send to the dashboard (OTLP).</summary>
public sealed class TelemetryFuzzTests
{
    private static readonly KeyValue Attribute = new() { Key = "service.name", Value = new() { StringValue = "kraken-tick" } };

    [Fact]
    public Task What_is_protobuf_is_stored_and_can_be_read_again()
    {
        var store = new TelemetryStore(new TelemetryLimits(), TimeProvider.System);
        return Fuzzer.RunAsync(
            "otlp",
            input =>
            {
                Add(ExportLogsServiceRequest.Parser, input, r => store.Add(r));
                Add(ExportTraceServiceRequest.Parser, input, r => store.Add(r));
                Add(ExportMetricsServiceRequest.Parser, input, r => store.Add(r));
                Assert.InRange(store.Senders.Count(), 0, new TelemetryLimits().Resources);
            },
            [Logs().ToByteArray(), Spans().ToByteArray(), Metrics().ToByteArray()],
            "service.name", "\n\u0002", "\u0012\0", "{OriginalFormat}", "\u007f");
    }

    private static void Add<T>(MessageParser<T> parser, byte[] input, Action<T> add)
        where T : IMessage<T>
    {
        T request;
        try
        {
            request = parser.ParseFrom(input);
        }
        catch (InvalidProtocolBufferException)
        {
            // Answered 400.
            return;
        }

        add(request);
    }

    private static ExportLogsServiceRequest Logs() => new()
    {
        ResourceLogs =
        {
            new OpenTelemetry.Proto.Logs.V1.ResourceLogs
            {
                Resource = new() { Attributes = { Attribute } },
                ScopeLogs =
                {
                    new OpenTelemetry.Proto.Logs.V1.ScopeLogs
                    {
                        Scope = new() { Name = "Nbpy" },
                        LogRecords =
                        {
                            new OpenTelemetry.Proto.Logs.V1.LogRecord
                            {
                                TimeUnixNano = 1_893_456_000_000_000_000, Body = new() { StringValue = "stored 7" },
                                Attributes = { new KeyValue { Key = "Count", Value = new() { IntValue = 7 } }, new KeyValue { Key = "All", Value = new() { ArrayValue = new() { Values = { new AnyValue { DoubleValue = 1 } } } } } },
                            },
                        },
                    },
                },
            },
        },
    };

    private static ExportTraceServiceRequest Spans() => new()
    {
        ResourceSpans =
        {
            new OpenTelemetry.Proto.Trace.V1.ResourceSpans
            {
                Resource = new() { Attributes = { Attribute } },
                ScopeSpans =
                {
                    new OpenTelemetry.Proto.Trace.V1.ScopeSpans
                    {
                        Spans =
                        {
                            new OpenTelemetry.Proto.Trace.V1.Span
                            {
                                TraceId = ByteString.CopyFrom(new byte[16]), SpanId = ByteString.CopyFrom(new byte[8]), Name = "publish", StartTimeUnixNano = 1_893_456_000_000_000_000,
                                EndTimeUnixNano = 1_893_456_000_000_001_000, Events = { new OpenTelemetry.Proto.Trace.V1.Span.Types.Event { Name = "queued" } }, Status = new() { Message = "ok" },
                            },
                        },
                    },
                },
            },
        },
    };

    private static ExportMetricsServiceRequest Metrics() => new()
    {
        ResourceMetrics =
        {
            new ResourceMetrics
            {
                Resource = new() { Attributes = { Attribute } },
                ScopeMetrics =
                {
                    new ScopeMetrics
                    {
                        Metrics =
                        {
                            new Metric { Name = "a", Sum = new() { DataPoints = { new NumberDataPoint { AsInt = 5, TimeUnixNano = 1_893_456_000_000_000_000, Attributes = { Attribute } } } } },
                            new Metric { Name = "b", Gauge = new() { DataPoints = { new NumberDataPoint { AsDouble = 0.5 } } } },
                            new Metric { Name = "c", Histogram = new() { DataPoints = { new HistogramDataPoint { Count = 3, Sum = 1, BucketCounts = { 1, 2 }, ExplicitBounds = { 0.5 } } } } },
                            new Metric { Name = "d", ExponentialHistogram = new() { DataPoints = { new ExponentialHistogramDataPoint { Count = 1, Sum = 1, Scale = 3, Positive = new() { Offset = 1, BucketCounts = { 1 } } } } } },
                            new Metric { Name = "e", Summary = new() { DataPoints = { new SummaryDataPoint { Count = 1, Sum = 2 } } } },
                        },
                    },
                },
            },
        },
    };
}
