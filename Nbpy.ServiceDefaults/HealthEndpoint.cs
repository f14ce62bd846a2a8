using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Nbpy.ServiceDefaults;

/// <summary><c>/health</c> (200 or 503, with the reason, the messages received or else published so far, and whether silence is no fault),
/// <c>/alive</c> (200) and <c>/counters</c> of a service, on the port the app host chose, on loopback unless <see cref="EnvironmentNames.BindHost"/> opens it.</summary>
internal static class HealthEndpoint
{
    /// <summary>Starts serving; without <see cref="EnvironmentNames.HealthPort"/> there is nothing to serve.</summary>
    public static async Task<IAsyncDisposable> StartAsync(IService service)
    {
        var text = Environment.GetEnvironmentVariable(EnvironmentNames.HealthPort);
        if (string.IsNullOrEmpty(text))
            return new Nothing();
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is < 1 or > 65535)
            throw new ServiceStartException($"{EnvironmentNames.HealthPort} is '{text}'; set it to a port from 1 to 65535, or unset it.");

        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            if (Environment.GetEnvironmentVariable(EnvironmentNames.BindHost) is { Length: > 0 } host && IPAddress.TryParse(host, out var address))
                kestrel.Listen(address, port);
            else
                kestrel.ListenLocalhost(port);
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = 64;
            kestrel.Limits.MaxRequestBodySize = 0;
        });
        var app = builder.Build();
        app.Run(context => AnswerAsync(context, service));
        await app.StartAsync().ConfigureAwait(false);
        return app;
    }

    private static Task AnswerAsync(HttpContext context, IService service)
    {
        switch (context.Request.Path.Value)
        {
            case "/health":
                var health = service.Health;
                context.Response.StatusCode = health.Healthy ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
                var counters = service.Counters;
                long? data = counters.TryGetValue(CounterNames.Received, out var messages) || counters.TryGetValue(CounterNames.Published, out messages) ? messages : null;
                return context.Response.WriteAsJsonAsync(
                    new { status = health.Healthy ? "Healthy" : "Unhealthy", reason = health.Reason, data, quiet = health.Quiet }, context.RequestAborted);
            case "/alive":
                return context.Response.WriteAsync("Alive", context.RequestAborted);
            case "/counters":
                return context.Response.WriteAsJsonAsync(service.Counters, context.RequestAborted);
            default:
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
        }
    }

    private sealed class Nothing : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
