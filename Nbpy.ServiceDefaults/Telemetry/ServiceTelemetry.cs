using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Nbpy.ServiceDefaults.Telemetry;

/// <summary>OpenTelemetry of a service: logs, metrics and traces to the endpoint that the environment names, and nothing at all where it
/// names none. Endpoint, protocol, headers and intervals are OpenTelemetry's own variables (<c>OTEL_…</c>).</summary>
internal sealed class ServiceTelemetry : IDisposable
{
    private const string EndpointVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string NameVariable = "OTEL_SERVICE_NAME";
    private const string RuntimeMeter = "System.Runtime";

    /// <summary>How long a stopping service waits for its last metrics and spans to be taken.</summary>
    public const int LastExportMs = 2_000;

    /// <summary>OpenTelemetry sets memory aside for as many series as an instrument may have: 2,000 if nobody says less, which is 10 MB a service.</summary>
    private const int SeriesPerInstrument = 32;

    /// <summary>Of the runtime's own instruments, what tells an operator something; each costs at every export.</summary>
    private static readonly HashSet<string> RuntimeInstruments =
    [
        "dotnet.process.cpu.time", "dotnet.process.memory.working_set", "dotnet.gc.collections", "dotnet.gc.last_collection.heap.size", "dotnet.gc.pause.time",
        "dotnet.thread_pool.queue.length", "dotnet.exceptions", "dotnet.monitor.lock_contentions",
    ];

    private readonly CounterInstruments instruments;
    private readonly MeterProvider metrics;
    private readonly TracerProvider traces;

    private ServiceTelemetry(string name, IService service, TimeProvider time)
    {
        instruments = new CounterInstruments(service, time);
        var resource = ResourceOf(name);
        metrics = Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(resource)
            .AddMeter(InstrumentTable.Meter, RuntimeMeter)
            .AddView(i => i.Meter.Name == RuntimeMeter && !RuntimeInstruments.Contains(i.Name) ? MetricStreamConfiguration.Drop : new() { CardinalityLimit = SeriesPerInstrument })
            .SetExemplarFilter(ExemplarFilterType.TraceBased)
            .AddOtlpExporter()
            .Build();
        traces = Traces(name);
    }

    /// <summary>True when the environment names somebody to send to.</summary>
    public static bool IsWanted => Environment.GetEnvironmentVariable(EndpointVariable) is { Length: > 0 };

    /// <summary>Sends spans until it is disposed.</summary>
    public static TracerProvider Traces(string name) => Sdk.CreateTracerProviderBuilder()
        .SetResourceBuilder(ResourceOf(name))
        .AddSource(InstrumentTable.Meter)
        .AddOtlpExporter()
        .Build();

    /// <summary>Starts sending where somebody wants it.</summary>
    public static ServiceTelemetry Start(string name, IService service, TimeProvider time) => new(name, service, time);

    /// <summary>Sends what is logged, too, where somebody wants it.</summary>
    public static void AddLogs(ILoggingBuilder logging, string name)
    {
        if (!IsWanted)
            return;
        logging.Services.AddSingleton<ILoggerProvider>(_ => new LateLogs(
            o =>
            {
                o.SetResourceBuilder(ResourceOf(name));
                o.IncludeFormattedMessage = true;
                o.IncludeScopes = false;
                o.AddOtlpExporter();
            },
            TimeProvider.System));
    }

    /// <summary>Sends the last and ends.</summary>
    public void Dispose()
    {
        metrics.Shutdown(LastExportMs);
        traces.Shutdown(LastExportMs);
        metrics.Dispose();
        traces.Dispose();
        instruments.Dispose();
    }

    /// <summary>The name is the host's, where it gives one; else the service's own. The instance is the host's, or the name again: a restarted
    /// service goes on where it was.</summary>
    private static ResourceBuilder ResourceOf(string name)
    {
        var service = Environment.GetEnvironmentVariable(NameVariable) is { Length: > 0 } given ? given : name;
        return ResourceBuilder.CreateEmpty()
            .AddService(service, serviceInstanceId: service, autoGenerateServiceInstanceId: false)
            .AddTelemetrySdk()
            .AddEnvironmentVariableDetector();
    }
}
