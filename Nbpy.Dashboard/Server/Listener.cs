using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Nbpy.Dashboard.Server;

/// <summary>Which of the server's ports a request came in by.</summary>
internal enum Listener
{
    Pages,
    OtlpGrpc,
    OtlpHttp,
}

/// <summary>Marks connections with their port's purpose, so that pages are not served where telemetry comes in, nor the other way.</summary>
internal static class ListenerMark
{
    private static readonly object Key = new();

    public static void Mark(this ListenOptions options, Listener listener) => options.Use(next => connection =>
    {
        connection.Items[Key] = listener;
        return next(connection);
    });

    public static Listener Listener(this HttpContext context) =>
        context.Features.Get<IConnectionItemsFeature>()?.Items.TryGetValue(Key, out var mark) == true ? (Listener)mark! : Server.Listener.Pages;
}
