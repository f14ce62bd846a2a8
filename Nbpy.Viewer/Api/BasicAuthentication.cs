using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Viewer.Api;

/// <summary>HTTP Basic authentication with the configured Grafana account, compared in constant time, or a session of <c>/login</c>.</summary>
internal sealed class BasicAuthentication(GrafanaConfig account, Sessions sessions) : IEndpointFilter
{
    private readonly byte[] _expected = SHA256.HashData(Encoding.UTF8.GetBytes($"{account.AdminUser}:{account.AdminPassword}"));

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        if (Lets(context.HttpContext.Request))
        {
            try
            {
                return await next(context);
            }
            catch (BadHttpRequestException e)
            {
                return GrafanaEndpoints.Message(e.StatusCode, e.Message);
            }
        }
        context.HttpContext.Response.Headers.WWWAuthenticate = "Basic realm=\"NBPY\"";
        return GrafanaEndpoints.Message(401, "Invalid username or password");
    }

    public bool Lets(HttpRequest request) =>
        sessions.IsOpen(request.Cookies[Sessions.Cookie]) || IsKnown(request.Headers.Authorization.ToString());

    public bool IsAccount(string user, string password) =>
        CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes($"{user}:{password}")), _expected);

    private bool IsKnown(string header)
    {
        if (!header.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase))
            return false;
        var buffer = new byte[header.Length];
        return Convert.TryFromBase64String(header["Basic ".Length..].Trim(), buffer, out var length)
            && CryptographicOperations.FixedTimeEquals(SHA256.HashData(buffer.AsSpan(0, length)), _expected);
    }
}
