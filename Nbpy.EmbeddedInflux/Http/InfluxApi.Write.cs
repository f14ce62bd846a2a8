using System.Buffers;
using System.IO.Compression;
using Microsoft.AspNetCore.Http;
using Nbpy.EmbeddedInflux.Meta;

namespace Nbpy.EmbeddedInflux.Http;

internal sealed partial class InfluxApi
{
    private delegate byte[] Translation(ReadOnlySpan<byte> body);

    /// <param name="translation">Makes line protocol of the body; null: it is line protocol.</param>
    private async Task WriteAsync(HttpContext context, string database, string? policy, long unit, Translation? translation = null)
    {
        var request = context.Request;
        var user = authenticator.Authenticate(request);
        if (database.Length == 0)
            throw new RequestException(400, "database is required");
        if (!store.DatabaseExists(database))
            throw new RequestException(404, $"database not found: \"{database}\"");
        if (authenticator.Enabled)
            AuthorizeWrite(user, database);
        if (request.Query["consistency"].ToString() is not ("" or "any" or "one" or "quorum" or "all"))
            throw new RequestException(400, "invalid consistency level");
        var (buffer, length) = await ReadBodyAsync(request, context.RequestAborted).ConfigureAwait(false);
        var (stored, began) = (false, facts.BeginWrite());
        var lines = Memory<byte>.Empty;
        var span = WriteSpan.Begin(request, database);
        try
        {
            lines = translation is null ? buffer.AsMemory(0, length) : translation(buffer.AsSpan(0, length));
            engine.Subscriptions?.Publish(database, policy, lines, unit);
            await store.WriteAsync(database, policy, lines, unit, context.RequestAborted).ConfigureAwait(false);
            stored = true;
        }
        finally
        {
            facts.EndWrite(began, stored, length, lines.Span);
            WriteSpan.End(span, length, stored);
            ArrayPool<byte>.Shared.Return(buffer);
        }

        context.Response.StatusCode = 204;
        context.Response.ContentType = "application/json";
    }

    private static void AuthorizeWrite(User? user, string database)
    {
        if (user is null)
            throw new RequestException(403, $"user is required to write to database \"{database}\"");
        if (!user.May(Privilege.Write, database))
            throw new RequestException(403, $"\"{user.Name}\" user is not authorized to write to database \"{database}\"");
    }

    // A bucket of the 2.x API is DATABASE or DATABASE/POLICY.
    private static (string Database, string? Policy) Bucket(string bucket)
    {
        var slash = bucket.IndexOf('/', StringComparison.Ordinal);
        if (bucket.Length == 0)
            throw new RequestException(404, "bucket name \"\" is missing a slash; not in \"database/retention-policy\" format");
        if (slash == 0)
            throw new RequestException(404, $"bucket name \"{bucket}\" is in db/rp form but has an empty database");
        return slash < 0 ? (bucket, null) : (bucket[..slash], bucket[(slash + 1)..]);
    }

    private static long WritePrecision(string name) => name is "" or "n" or "ns" or "u" or "ms" or "s" or "m" or "h" ? Precision.Unit(name)
        : throw new RequestException(400, $"invalid precision \"{name}\" (use n, u, ms, s, m or h)");

    private static long WritePrecisionV2(string name) => name is "" or "ns" or "us" or "ms" or "s" ? Precision.Unit(name == "us" ? "u" : name)
        : throw new RequestException(400, $"invalid precision \"{name}\" (use ns, us, ms or s)");

    private async Task<(byte[] Buffer, int Length)> ReadBodyAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.ContentLength > options.MaxBody)
            throw new RequestException(413, "Request Entity Too Large");
        var body = await ReadAllAsync(request.Body, request.ContentLength + 1 ?? 4096, cancellationToken).ConfigureAwait(false);
        if (request.Headers.ContentEncoding != "gzip")
            return body;
        try
        {
            await using var packed = new MemoryStream(body.Buffer, 0, body.Length);
            await using var unpacked = new GZipStream(packed, CompressionMode.Decompress);
            var lines = await ReadAllAsync(unpacked, body.Length * 4L, cancellationToken).ConfigureAwait(false);
            GzipTrailer.Check(body.Buffer.AsSpan(0, body.Length), lines.Buffer.AsSpan(0, lines.Length));
            return lines;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(body.Buffer);
        }
    }

    private async Task<(byte[] Buffer, int Length)> ReadAllAsync(Stream body, long expected, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(expected, Math.Min(4096, options.MaxBody + 1), options.MaxBody + 1));
        try
        {
            var length = 0;
            while (true)
            {
                var n = await body.ReadAsync(buffer.AsMemory(length), cancellationToken).ConfigureAwait(false);
                if (n == 0)
                    return (buffer, length);
                length += n;
                if (length > options.MaxBody)
                    throw new RequestException(413, "Request Entity Too Large");
                if (length < buffer.Length)
                    continue;
                var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
                buffer.CopyTo(larger, 0);
                ArrayPool<byte>.Shared.Return(buffer);
                buffer = larger;
            }
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(buffer);
            throw;
        }
    }
}
