using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Nbpy.EmbeddedInflux.InfluxQl;
using Nbpy.EmbeddedInflux.Storage;

namespace Nbpy.EmbeddedInflux.Http;

/// <summary>The HTTP server around the API.</summary>
internal static class InfluxServer
{
    /// <summary>Builds the server; starting it binds the port and throws <see cref="IOException"/> when it is taken.</summary>
    public static WebApplication Build(
        Store store, QueryEngine engine, Authenticator authenticator, ApiOptions options, IPAddress address, int port)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = options.MaxBody + 1;
            // Clients that take or send less than this are cut off: each holds memory meanwhile.
            kestrel.Limits.MinResponseDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(10));
            kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(10));
            kestrel.Listen(address, port);
        });
        builder.WebHost.UseSockets(sockets =>
        {
            // A write stays on the thread that read it (InlineSockets): whatever may take long leaves that thread. Few connections, so each may keep a buffer.
            sockets.UnsafePreferInlineScheduling = true;
            sockets.WaitForDataBeforeAllocatingBuffer = false;
        });
        builder.WebHost.UseShutdownTimeout(TimeSpan.FromSeconds(3));
        var app = builder.Build();
        engine.Facts.Bind = new IPEndPoint(address, port).ToString();
        var api = new InfluxApi(store, engine, authenticator, engine.Facts, options);
        app.Run(api.HandleAsync);
        return app;
    }
}
