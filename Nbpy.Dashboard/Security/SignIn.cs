using System.Globalization;
using Microsoft.AspNetCore.Http;
using Nbpy.Dashboard.Server;

namespace Nbpy.Dashboard.Security;

/// <summary>The sign-in page: takes the token from the address that the host prints (<c>/login?t=…</c>) or from its form, and gives a cookie.</summary>
internal static class SignIn
{
    private const string Page = """
        <!DOCTYPE html>
        <html lang="en">
        <head>
          <meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
          <title>Sign in · NBPY</title><link rel="stylesheet" href="/dashboard.css"><link rel="icon" href="/icon.svg">
        </head>
        <body data-theme="system" class="signin">
          <main>
            <img src="/icon.svg" alt="" width="48" height="48">
            <h1>NBPY dashboard</h1>
            <p>Enter the token that the host printed as it started, or open the link that stands there.</p>
            <form method="post" action="/login">
              <input type="hidden" name="returnUrl" value="{returnUrl}">
              <label for="token">Token</label>
              <input id="token" name="token" type="password" autocomplete="off" autofocus required>
              {error}
              <button type="submit">Sign in</button>
            </form>
          </main>
        </body>
        </html>
        """;

    /// <summary>Cookies know no ports: the name has it, so that two dashboards of one machine do not sign each other out.</summary>
    public static string CookieName(HttpContext context) =>
        string.Create(CultureInfo.InvariantCulture, $"nbpy.dashboard.{context.Connection.LocalPort}");

    public static async Task HandleAsync(HttpContext context, Keys keys)
    {
        var request = context.Request;
        var isPost = HttpMethods.IsPost(request.Method);
        if (!isPost && !HttpMethods.IsGet(request.Method))
        {
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            return;
        }

        var form = isPost && request.HasFormContentType ? await request.ReadFormAsync(context.RequestAborted).ConfigureAwait(false) : null;
        var token = form is null ? request.Query["t"] : form["token"];
        var returnUrl = Local(form is null ? request.Query["returnUrl"] : form["returnUrl"]);
        if (Keys.Same(token.ToString().Trim(), keys.Token))
        {
            context.Response.Cookies.Append(CookieName(context), keys.Session, new CookieOptions
            {
                HttpOnly = true, SameSite = SameSiteMode.Lax, Secure = ForwardedScheme.Of(request) == "https", Path = "/", MaxAge = TimeSpan.FromDays(3),
            });
            context.Response.Redirect(returnUrl);
            return;
        }

        var wrong = !string.IsNullOrEmpty(token);
        context.Response.StatusCode = wrong ? StatusCodes.Status401Unauthorized : StatusCodes.Status200OK;
        context.Response.ContentType = "text/html; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        var page = Page
            .Replace("{returnUrl}", System.Net.WebUtility.HtmlEncode(returnUrl), StringComparison.Ordinal)
            .Replace("{error}", wrong ? """<p class="error" role="alert">That is not the token of this run; a new one is made at every start.</p>""" : "", StringComparison.Ordinal);
        await context.Response.WriteAsync(page, context.RequestAborted).ConfigureAwait(false);
    }

    /// <summary>Only a path of this site: never a way to send a person elsewhere.</summary>
    private static string Local(string? url) =>
        url is { Length: > 0 } && url[0] == '/' && (url.Length == 1 || url[1] is not ('/' or '\\')) && !url.Contains('\n') && !url.Contains('\r') ? url : "/";
}
