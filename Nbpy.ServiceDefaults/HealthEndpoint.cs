using System.Globalization;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Nbpy.ServiceDefaults;

/// <summary><c>/health</c> (200 or 503, with the reason, the messages received or else published so far, and whether silence is no fault),
/// <c>/alive</c> (200) and <c>/counters</c> of a service, on the port the app host chose, on loopback unless <see cref="EnvironmentNames.BindHost"/> opens it.
/// Kestrel alone, without the web application around it: fifteen processes would load and start that for three fixed answers.</summary>
internal sealed class HealthEndpoint : IHttpApplication<IFeatureCollection>, IDisposable
{
    private const string Json = "application/json; charset=utf-8";
    private readonly IService service;
    private readonly KestrelServer? server;

    private HealthEndpoint(IService service, KestrelServer? server)
    {
        this.service = service;
        this.server = server;
    }

    /// <summary>Starts serving; without <see cref="EnvironmentNames.HealthPort"/> there is nothing to serve.</summary>
    /// <exception cref="ServiceStartException">The port is none.</exception>
    /// <exception cref="IOException">The port is in use.</exception>
    public static async Task<HealthEndpoint> StartAsync(IService service)
    {
        var text = Environment.GetEnvironmentVariable(EnvironmentNames.HealthPort);
        if (string.IsNullOrEmpty(text))
            return new HealthEndpoint(service, null);
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is < 1 or > 65535)
            throw new ServiceStartException($"{EnvironmentNames.HealthPort} is '{text}'; set it to a port from 1 to 65535, or unset it.");

        var options = new KestrelServerOptions { AddServerHeader = false, Limits = { MaxConcurrentConnections = 64, MaxRequestBodySize = 0 } };
        if (Environment.GetEnvironmentVariable(EnvironmentNames.BindHost) is { Length: > 0 } host && IPAddress.TryParse(host, out var address))
            options.Listen(address, port);
        else
            options.ListenLocalhost(port);
        // The answers are short: they are given on the thread that read the question.
        var transport = new SocketTransportFactory(Options.Create(new SocketTransportOptions { UnsafePreferInlineScheduling = true }), NullLoggerFactory.Instance);
        var server = new KestrelServer(Options.Create(options), transport, NullLoggerFactory.Instance);
        var endpoint = new HealthEndpoint(service, server);
        await server.StartAsync(endpoint, CancellationToken.None).ConfigureAwait(false);
        return endpoint;
    }

    /// <inheritdoc/>
    public IFeatureCollection CreateContext(IFeatureCollection contextFeatures) => contextFeatures;

    /// <inheritdoc/>
    public void DisposeContext(IFeatureCollection context, Exception? exception)
    {
    }

    /// <inheritdoc/>
    public Task ProcessRequestAsync(IFeatureCollection context) => context.GetRequiredFeature<IHttpRequestFeature>().Path switch
    {
        "/health" => AnswerHealthAsync(context),
        "/alive" => AnswerAsync(context, StatusCodes.Status200OK, "text/plain; charset=utf-8", "Alive"u8.ToArray()),
        "/counters" => AnswerAsync(context, StatusCodes.Status200OK, Json, JsonSerializer.SerializeToUtf8Bytes(service.Counters, ServiceJson.Default.IReadOnlyDictionaryStringInt64)),
        _ => AnswerAsync(context, StatusCodes.Status404NotFound, null, default),
    };

    /// <summary>Stops serving at once: a connection that somebody keeps open holds nothing up.</summary>
    public void Dispose() => server?.Dispose();

    private static async Task AnswerAsync(IFeatureCollection context, int status, string? type, ReadOnlyMemory<byte> body)
    {
        var response = context.GetRequiredFeature<IHttpResponseFeature>();
        response.StatusCode = status;
        response.Headers.ContentLength = body.Length;
        if (type is not null)
            response.Headers.ContentType = type;
        if (!body.IsEmpty)
            await context.GetRequiredFeature<IHttpResponseBodyFeature>().Writer
                .WriteAsync(body, context.GetRequiredFeature<IHttpRequestLifetimeFeature>().RequestAborted).ConfigureAwait(false);
    }

    private Task AnswerHealthAsync(IFeatureCollection context)
    {
        var health = service.Health;
        var counters = service.Counters;
        long? data = counters.TryGetValue(CounterNames.Received, out var messages) || counters.TryGetValue(CounterNames.Published, out messages) ? messages : null;
        var report = new HealthReport(health.Healthy ? "Healthy" : "Unhealthy", health.Reason, data, health.Quiet);
        return AnswerAsync(
            context, health.Healthy ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable, Json,
            JsonSerializer.SerializeToUtf8Bytes(report, ServiceJson.Default.HealthReport));
    }
}
