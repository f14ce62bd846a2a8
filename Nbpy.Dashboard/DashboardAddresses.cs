namespace Nbpy.Dashboard;

/// <summary>Where a dashboard listens, once it does.</summary>
/// <param name="Url">The pages.</param>
/// <param name="LoginUrl">The pages, with the token: what is printed at start.</param>
/// <param name="OtlpGrpcUrl">OTLP over gRPC.</param>
/// <param name="OtlpHttpUrl">OTLP over HTTP: <c>/v1/logs</c>, <c>/v1/traces</c>, <c>/v1/metrics</c>.</param>
/// <param name="ApiKey">What senders give in the header <c>x-otlp-api-key</c>.</param>
public sealed record DashboardAddresses(string Url, string LoginUrl, string OtlpGrpcUrl, string OtlpHttpUrl, string ApiKey)
{
    /// <summary>Variables for a resource's environment that make an OpenTelemetry program send here.</summary>
    /// <param name="resource">Becomes <c>service.name</c>.</param>
    /// <param name="instance">Becomes <c>service.instance.id</c>; the resource's name when null.</param>
    public IReadOnlyDictionary<string, string> EnvironmentFor(string resource, string? instance = null) => new Dictionary<string, string>
    {
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = OtlpHttpUrl,
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        ["OTEL_EXPORTER_OTLP_HEADERS"] = $"x-otlp-api-key={ApiKey}",
        ["OTEL_SERVICE_NAME"] = resource,
        ["OTEL_RESOURCE_ATTRIBUTES"] = $"service.instance.id={instance ?? resource}",
        ["OTEL_METRIC_EXPORT_INTERVAL"] = "10000",
        ["OTEL_BLRP_SCHEDULE_DELAY"] = "3000",
        ["OTEL_BSP_SCHEDULE_DELAY"] = "10000",
    };
}
