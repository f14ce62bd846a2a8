using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Nbpy.Viewer.Api;

/// <summary>The page, its assets and the health probes.</summary>
internal static class PageEndpoints
{
    private static readonly (string Path, string File, string Type)[] Assets =
    [
        ("/", "index.html", "text/html; charset=utf-8"),
        ("/assets/app.css", "app.css", "text/css; charset=utf-8"),
        ("/assets/theme.js", "theme.js", "text/javascript; charset=utf-8"),
        ("/assets/format.js", "format.js", "text/javascript; charset=utf-8"),
        ("/assets/chart.js", "chart.js", "text/javascript; charset=utf-8"),
        ("/assets/panel.js", "panel.js", "text/javascript; charset=utf-8"),
        ("/assets/app.js", "app.js", "text/javascript; charset=utf-8"),
        ("/favicon.svg", "favicon.svg", "image/svg+xml"),
    ];

    public static void Map(WebApplication app)
    {
        foreach (var (path, file, type) in Assets)
        {
            var bytes = Read(file);
            app.MapGet(path, () => Results.Bytes(bytes, type));
        }
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
