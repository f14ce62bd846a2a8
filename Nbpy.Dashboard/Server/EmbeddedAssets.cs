using System.IO.Compression;
using System.Reflection;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Primitives;

namespace Nbpy.Dashboard.Server;

/// <summary>The scripts and styles inside this assembly: the framework's, Fluent UI's and the pages' own. Served without sign-in, since
/// they are the same for everybody; packed once, when they are first asked for.</summary>
internal sealed class EmbeddedAssets : IFileProvider
{
    /// <summary>The scripts that Blazor loads as it starts.</summary>
    private const string Initializers = """["_content/Microsoft.FluentUI.AspNetCore.Components/Microsoft.FluentUI.AspNetCore.Components.lib.module.js"]""";

    private const string Prefix = "assets/";
    private static readonly Assembly Here = typeof(EmbeddedAssets).Assembly;
    private readonly Dictionary<string, Lazy<Asset>> assets = new(StringComparer.Ordinal);

    public EmbeddedAssets()
    {
        foreach (var name in Here.GetManifestResourceNames().Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)))
            assets["/" + name[Prefix.Length..].Replace('\\', '/')] = new Lazy<Asset>(() => Asset.Load(name));
    }

    /// <summary>Answers a request for an asset; false when there is none of that name.</summary>
    public async Task<bool> TryServeAsync(HttpContext context)
    {
        if (!HttpMethods.IsGet(context.Request.Method) || !assets.TryGetValue(context.Request.Path.Value ?? "", out var lazy))
            return false;
        var asset = lazy.Value;
        var response = context.Response;
        response.Headers.ETag = asset.Tag;
        response.Headers.CacheControl = "no-cache";
        if (context.Request.Headers.IfNoneMatch == asset.Tag)
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return true;
        }

        var packed = context.Request.Headers.AcceptEncoding.ToString().Contains("gzip", StringComparison.Ordinal);
        if (packed)
            response.Headers.ContentEncoding = "gzip";
        response.ContentType = asset.ContentType;
        response.Headers.Vary = "Accept-Encoding";
        var content = packed ? asset.Packed : asset.Unpack();
        response.ContentLength = content.Length;
        await response.Body.WriteAsync(content, context.RequestAborted).ConfigureAwait(false);
        return true;
    }

    /// <summary>Blazor asks for one file: the list of scripts to load at start.</summary>
    public IFileInfo GetFileInfo(string subpath) =>
        subpath.EndsWith(".modules.json", StringComparison.Ordinal) ? new TextFile(Initializers) : new NotFoundFileInfo(subpath);

    public IDirectoryContents GetDirectoryContents(string subpath) => NotFoundDirectoryContents.Singleton;

    public IChangeToken Watch(string filter) => NullChangeToken.Singleton;

    private sealed record Asset(byte[] Packed, string Tag, string ContentType)
    {
        public static Asset Load(string name)
        {
            using var source = Here.GetManifestResourceStream(name)!;
            using var packed = new MemoryStream();
            using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
                source.CopyTo(gzip);
            var bytes = packed.ToArray();
            return new Asset(bytes, $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 12))}\"", TypeOf(Path.GetExtension(name)));
        }

        public byte[] Unpack()
        {
            using var gzip = new GZipStream(new MemoryStream(Packed), CompressionMode.Decompress);
            using var plain = new MemoryStream();
            gzip.CopyTo(plain);
            return plain.ToArray();
        }

        private static string TypeOf(string extension) => extension switch
        {
            ".js" => "text/javascript",
            ".css" => "text/css",
            ".svg" => "image/svg+xml",
            _ => "application/octet-stream",
        };
    }

    private sealed class TextFile(string text) : IFileInfo
    {
        private readonly byte[] bytes = System.Text.Encoding.UTF8.GetBytes(text);

        public bool Exists => true;

        public long Length => bytes.Length;

        public string? PhysicalPath => null;

        public string Name => "modules.json";

        public DateTimeOffset LastModified => DateTimeOffset.UnixEpoch;

        public bool IsDirectory => false;

        public Stream CreateReadStream() => new MemoryStream(bytes);
    }
}
