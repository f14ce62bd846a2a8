using System.Net;
using Microsoft.AspNetCore.Http;
using Nbpy.Dashboard.Server;

namespace Nbpy.Dashboard.Security;

/// <summary>Who comes in. Pages: the cookie that signing in gives, from this very site. Telemetry: the key in a header.</summary>
internal sealed class Gate(Keys keys, DashboardOptions options, EmbeddedAssets assets)
{
    private const string ApiKeyHeader = "x-otlp-api-key";

    /// <summary>Everything from here, the live connection included. Charts and Fluent's components set places and colours in style attributes; no
    /// script is inline.</summary>
    private const string ContentPolicy =
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'self'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Listener() != Listener.Pages)
        {
            await TelemetryAsync(context, next).ConfigureAwait(false);
            return;
        }

        if (!IsOwnHost(context.Request.Host))
        {
            context.Response.StatusCode = StatusCodes.Status421MisdirectedRequest;
            await context.Response.WriteAsync($"This dashboard is not '{context.Request.Host}'.", context.RequestAborted).ConfigureAwait(false);
            return;
        }

        AddHeaders(context.Response.Headers);
        if (await assets.TryServeAsync(context).ConfigureAwait(false))
            return;
        if (context.Request.Path.StartsWithSegments("/v1") || context.Request.Path.StartsWithSegments("/opentelemetry.proto.collector"))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        if (context.Request.Path == "/login")
        {
            await SignIn.HandleAsync(context, keys).ConfigureAwait(false);
            return;
        }

        if (!keys.AllowAnonymous && !Keys.Same(context.Request.Cookies[SignIn.CookieName(context)], keys.Session))
        {
            Refuse(context);
            return;
        }

        // A WebSocket is not held to the same origin by the browser; so it is held here.
        if (context.Request.Headers.Origin is { Count: > 0 } origin && origin != $"{ForwardedScheme.Of(context.Request)}://{context.Request.Host}")
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }

        await next(context).ConfigureAwait(false);
    }

    private async Task TelemetryAsync(HttpContext context, RequestDelegate next)
    {
        var path = context.Request.Path;
        var known = context.Listener() == Listener.OtlpHttp ? path.StartsWithSegments("/v1") : path.Value?.StartsWith("/opentelemetry.proto.collector.", StringComparison.Ordinal) == true;
        if (!known)
            context.Response.StatusCode = StatusCodes.Status404NotFound;
        else if (!Keys.Same(context.Request.Headers[ApiKeyHeader], keys.ApiKey))
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        else
            await next(context).ConfigureAwait(false);
    }

    /// <summary>On loopback only its names are taken: a foreign name that resolves here is somebody else's page.</summary>
    private bool IsOwnHost(HostString host) =>
        !IPAddress.IsLoopback(options.Address)
        || host.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    private static void AddHeaders(IHeaderDictionary headers)
    {
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = ContentPolicy;
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
    }

    private static void Refuse(HttpContext context)
    {
        var wantsPage = HttpMethods.IsGet(context.Request.Method) && context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.Ordinal);
        if (wantsPage)
            context.Response.Redirect("/login?returnUrl=" + Uri.EscapeDataString(context.Request.Path + context.Request.QueryString));
        else
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
    }
}
