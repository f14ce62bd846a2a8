using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Nbpy.Viewer.Api;

/// <summary>The page, its assets and the health probes.</summary>
internal static class PageEndpoints
{
    private const string Html = "text/html; charset=utf-8";
    private const string Script = "text/javascript; charset=utf-8";
    private const string Library = "/assets/vendor/echarts-5.6.0.min.js";

    private static readonly (string Path, string File, string Type)[] Assets =
    [
        ("/", "index.html", Html),
        ("/d/{uid}/{slug?}", "index.html", Html),
        ("/favicon.svg", "favicon.svg", "image/svg+xml"),
        .. ((string[])["theme", "format", "units", "query", "merge", "heat", "draw", "dashboard", "overview", "main"]).Select(n => ($"/assets/{n}.js", n + ".js", Script)),
        ("/assets/viewer.css", "viewer.css", "text/css; charset=utf-8"),
        (Library, "echarts-5.6.0.min.js", Script),
    ];

    public static void Map(WebApplication app)
    {
        foreach (var (path, file, type) in Assets)
        {
            var bytes = Read(file);
            app.MapGet(path, (HttpResponse response) =>
            {
                // Its name carries its version: a browser may keep it.
                if (path == Library)
                    response.Headers.CacheControl = "public, max-age=31536000, immutable";
                return Results.Bytes(bytes, type);
            });
        }
        // The newest values of each topic once had a page of their own: the overview shows them.
        app.MapGet("/live", () => Results.Redirect("/"));
        app.MapGet("/health", () => "Healthy");
        app.MapGet("/alive", () => "Healthy");
    }

    private static byte[] Read(string file)
    {
        using var stream = typeof(PageEndpoints).Assembly.GetManifestResourceStream("assets/" + file)
            ?? throw new InvalidOperationException($"The asset {file} is not embedded.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
