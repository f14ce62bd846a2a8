using System.IO.Compression;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Nbpy.Dashboard.Telemetry;
using OpenTelemetry.Proto.Collector.Logs.V1;
using OpenTelemetry.Proto.Collector.Metrics.V1;
using OpenTelemetry.Proto.Collector.Trace.V1;

namespace Nbpy.Dashboard.Otlp;

/// <summary>OTLP over HTTP with protobuf bodies, plain or gzip: <c>/v1/logs</c>, <c>/v1/traces</c>, <c>/v1/metrics</c>
/// (OpenTelemetry's protocol specification, "OTLP/HTTP").</summary>
internal static class OtlpHttp
{
    /// <summary>Largest body taken, unpacked. OpenTelemetry's exporters send far less.</summary>
    public const int MaxBodyBytes = 8 << 20;

    private const string Protobuf = "application/x-protobuf";

    public static void Map(IEndpointRouteBuilder endpoints, TelemetryStore store)
    {
        endpoints.MapPost("/v1/logs", c => HandleAsync(c, ExportLogsServiceRequest.Parser, r => OtlpAnswers.Logs(store.Add(r))));
        endpoints.MapPost("/v1/traces", c => HandleAsync(c, ExportTraceServiceRequest.Parser, r => OtlpAnswers.Traces(store.Add(r))));
        endpoints.MapPost("/v1/metrics", c => HandleAsync(c, ExportMetricsServiceRequest.Parser, r => OtlpAnswers.Metrics(store.Add(r))));
    }

    private static async Task HandleAsync<T>(HttpContext context, MessageParser<T> parser, Func<T, IMessage> add)
        where T : IMessage<T>
    {
        if (context.Request.ContentType?.StartsWith(Protobuf, StringComparison.OrdinalIgnoreCase) != true)
        {
            await RefuseAsync(context, StatusCodes.Status415UnsupportedMediaType, $"Send {Protobuf}; JSON is not taken.").ConfigureAwait(false);
            return;
        }

        T request;
        try
        {
            using var body = await ReadAsync(context).ConfigureAwait(false);
            request = parser.ParseFrom(body);
        }
        catch (OtlpTooLargeException)
        {
            await RefuseAsync(context, StatusCodes.Status413PayloadTooLarge, $"More than {MaxBodyBytes:N0} bytes; send smaller batches.").ConfigureAwait(false);
            return;
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or InvalidDataException or NotSupportedException)
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, e.Message).ConfigureAwait(false);
            return;
        }

        context.Response.ContentType = Protobuf;
        await context.Response.Body.WriteAsync(add(request).ToByteArray(), context.RequestAborted).ConfigureAwait(false);
    }

    private static async Task<MemoryStream> ReadAsync(HttpContext context)
    {
        var encoding = context.Request.Headers.ContentEncoding.ToString();
        var source = encoding switch
        {
            "" or "identity" => context.Request.Body,
            "gzip" => new GZipStream(context.Request.Body, CompressionMode.Decompress),
            _ => throw new NotSupportedException($"Content-Encoding {encoding} is not taken; send gzip or nothing."),
        };
        await using (source.ConfigureAwait(false))
        {
            var body = new MemoryStream();
            var buffer = new byte[16 * 1024];
            int count;
            while ((count = await source.ReadAsync(buffer, context.RequestAborted).ConfigureAwait(false)) > 0)
            {
                if (body.Length + count > MaxBodyBytes)
                    throw new OtlpTooLargeException();
                body.Write(buffer, 0, count);
            }

            body.Position = 0;
            return body;
        }
    }

    private static Task RefuseAsync(HttpContext context, int status, string reason)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain";
        return context.Response.WriteAsync(reason, context.RequestAborted);
    }

    private sealed class OtlpTooLargeException : Exception;
}
