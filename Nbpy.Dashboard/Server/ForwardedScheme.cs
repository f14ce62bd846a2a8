using Microsoft.AspNetCore.Http;

namespace Nbpy.Dashboard.Server;

/// <summary>How the browser came: by TLS here, or to a proxy before the pages that says so (<c>X-Forwarded-Proto</c>). A page cannot make a browser
/// send that header; whoever sends it himself changes only what he is asked himself.</summary>
internal static class ForwardedScheme
{
    public static string Of(HttpRequest request) =>
        request.IsHttps || request.Headers["X-Forwarded-Proto"].ToString().Split(',')[0].Trim().Equals("https", StringComparison.OrdinalIgnoreCase) ? "https" : "http";
}
