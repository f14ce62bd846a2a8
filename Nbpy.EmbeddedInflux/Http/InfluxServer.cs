using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Nbpy.EmbeddedInflux.InfluxQl;
using Nbpy.EmbeddedInflux.Storage;

namespace Nbpy.EmbeddedInflux.Http;

/// <summary>The HTTP server around the API.</summary>
internal static class InfluxServer
{
    /// <summary>Largest request body in bytes, as influxd's default.</summary>
    public const long MaxBody = 25_000_000;

    /// <summary>Builds the server; starting it binds the port and throws <see cref="IOException"/> when it is taken.</summary>
    public static WebApplication Build(Store store, IQueryEngine engine, IPAddress address, int port)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxBody + 1;
            kestrel.Listen(address, port);
        });
        builder.WebHost.UseShutdownTimeout(TimeSpan.FromSeconds(3));
        var app = builder.Build();
        var api = new InfluxApi(store, engine, MaxBody, concurrentQueries: 16);
        app.Run(api.HandleAsync);
        return app;
    }
}
