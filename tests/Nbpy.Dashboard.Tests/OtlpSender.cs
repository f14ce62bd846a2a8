using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Nbpy.Dashboard.Tests;

/// <summary>A program that sends by OpenTelemetry's own exporter.</summary>
internal sealed class OtlpSender : IDisposable
{
    private readonly TracerProvider tracing;
    private readonly MeterProvider metering;
    private readonly ILoggerFactory logging;

    public OtlpSender(string service, DashboardAddresses to, OtlpExportProtocol protocol, string? apiKey = null)
    {
        Source = new ActivitySource("test." + service);
        Meter = new Meter("test." + service);
        var resource = ResourceBuilder.CreateEmpty().AddService(service, serviceInstanceId: service);
        void Configure(OtlpExporterOptions o, string path)
        {
            o.Protocol = protocol;
            o.Endpoint = new Uri(protocol == OtlpExportProtocol.Grpc ? to.OtlpGrpcUrl : to.OtlpHttpUrl + path);
            o.Headers = "x-otlp-api-key=" + (apiKey ?? to.ApiKey);
        }

        tracing = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(Source.Name).AddOtlpExporter(o => Configure(o, "/v1/traces")).Build();
        metering = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(Meter.Name).SetExemplarFilter(ExemplarFilterType.TraceBased)
            .AddOtlpExporter(o => Configure(o, "/v1/metrics")).Build();
        logging = LoggerFactory.Create(b => b.AddOpenTelemetry(o =>
        {
            o.SetResourceBuilder(resource);
            o.IncludeFormattedMessage = true;
            o.AddOtlpExporter(e => Configure(e, "/v1/logs"));
        }));
        Logger = logging.CreateLogger("Test.Category");
    }

    public ActivitySource Source { get; }

    public Meter Meter { get; }

    public ILogger Logger { get; }

    /// <summary>Sends what has gathered; returns when it has been answered.</summary>
    public bool Flush() => tracing.ForceFlush(10_000) & metering.ForceFlush(10_000);

    public void Dispose()
    {
        tracing.Dispose();
        metering.Dispose();
        logging.Dispose();
        Meter.Dispose();
        Source.Dispose();
    }
}
