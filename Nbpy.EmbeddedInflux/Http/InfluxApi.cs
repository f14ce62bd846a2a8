using System.Buffers;
using System.IO.Compression;
using System.Text.Json;
using DuckDB.NET.Data;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Nbpy.EmbeddedInflux.InfluxQl;
using Nbpy.EmbeddedInflux.Storage;

namespace Nbpy.EmbeddedInflux.Http;

/// <summary>InfluxDB 1.x's HTTP API: paths, parameters, headers, statuses and texts.</summary>
/// <param name="store">Takes the writes.</param>
/// <param name="engine">Answers the queries.</param>
/// <param name="maxBody">Bytes of a request body, unpacked; above: 413.</param>
/// <param name="concurrentQueries">Queries that run at once; more wait, and are gone when their client is.</param>
internal sealed class InfluxApi(Store store, IQueryEngine engine, long maxBody, int concurrentQueries)
{
    private const string Version = "1.8.10";
    private readonly SemaphoreSlim _queries = new(concurrentQueries, concurrentQueries);

    /// <summary>Answers one request. Authentication has its place at the head of this method.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        response.Headers["X-Influxdb-Build"] = "OSS";
        response.Headers["X-Influxdb-Version"] = Version;
        var id = Guid.CreateVersion7().ToString();
        response.Headers["Request-Id"] = id;
        response.Headers["X-Request-Id"] = id;
        try
        {
            var allowed = request.Path.Value switch
            {
                "/ping" => "HEAD, GET",
                "/health" => "HEAD, GET",
                "/query" => "OPTIONS, GET, POST",
                "/write" => "OPTIONS, POST",
                _ => null,
            };
            if (allowed is null)
                await PlainAsync(response, 404, "404 page not found").ConfigureAwait(false);
            else if (!allowed.Split(", ").Contains(request.Method))
            {
                response.Headers.Allow = allowed;
                await PlainAsync(response, 405, "Method Not Allowed").ConfigureAwait(false);
            }
            else if (request.Method == "OPTIONS")
                response.StatusCode = 200;
            else if (request.Path == "/ping")
                await PingAsync(request, response).ConfigureAwait(false);
            else if (request.Path == "/health")
                await JsonAsync(response, 200,
                    $$"""{"checks":[],"message":"ready for queries and writes","name":"influxdb","status":"pass","version":"{{Version}}"}""")
                    .ConfigureAwait(false);
            else if (request.Path == "/write")
                await WriteAsync(context).ConfigureAwait(false);
            else
                await QueryAsync(context).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client is gone.
        }
        catch (Exception e) when (!response.HasStarted)
        {
            var status = e switch
            {
                RequestException r => r.Status,
                WriteException w => w.Status,
                BadHttpRequestException b => b.StatusCode,
                InvalidDataException => 400,
                _ => 500,
            };
            await ErrorAsync(request, response, status, status == 413 ? "Request Entity Too Large" : e is InvalidDataException ? "gzip: invalid header" : e.Message).ConfigureAwait(false);
        }
    }

    private static async Task PingAsync(HttpRequest request, HttpResponse response)
    {
        var verbose = request.Query["verbose"].ToString();
        if (verbose is "" or "0" or "false")
            response.StatusCode = 204;
        else
            await JsonAsync(response, 200, $$"""{"version":"{{Version}}"}""").ConfigureAwait(false);
    }

    private async Task WriteAsync(HttpContext context)
    {
        var request = context.Request;
        var database = request.Query["db"].ToString();
        if (database.Length == 0)
            throw new RequestException(400, "database is required");
        if (!store.DatabaseExists(database))
            throw new RequestException(404, $"database not found: \"{database}\"");
        if (request.Query["consistency"].ToString() is not ("" or "any" or "one" or "quorum" or "all"))
            throw new RequestException(400, "invalid consistency level");
        var (buffer, length) = await ReadBodyAsync(request, context.RequestAborted).ConfigureAwait(false);
        try
        {
            await store.WriteAsync(database, request.Query["rp"], buffer.AsMemory(0, length), Precision.Unit(request.Query["precision"]),
                context.RequestAborted).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        context.Response.StatusCode = 204;
        context.Response.ContentType = "application/json";
    }

    private async Task QueryAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        var form = request.HasFormContentType ? await request.ReadFormAsync(context.RequestAborted).ConfigureAwait(false) : null;
        string Parameter(string name) => request.Query.TryGetValue(name, out var value) && !StringValues.IsNullOrEmpty(value)
            ? value.ToString() : form?[name].ToString() ?? "";

        var query = Parameter("q");
        if (query.Length == 0)
        {
            if (form?.Files.GetFile("q") is not { } file)
                throw new RequestException(400, "missing required parameter \"q\"");
            using var reader = new StreamReader(file.OpenReadStream());
            query = await reader.ReadToEndAsync(context.RequestAborted).ConfigureAwait(false);
        }

        var parameters = BindParameters(Parameter("params"));
        var database = Parameter("db");
        var policy = Parameter("rp");
        IReadOnlyList<StatementResult> results;
        await _queries.WaitAsync(context.RequestAborted).ConfigureAwait(false);
        try
        {
            results = await engine.ExecuteAsync(query, database.Length == 0 ? null : database, policy.Length == 0 ? null : policy,
                parameters, request.Method != "POST", context.RequestAborted).ConfigureAwait(false);
        }
        catch (InfluxQlParseException e)
        {
            const string Prefix = "error parsing query: ";
            throw new RequestException(400, e.Message.StartsWith(Prefix, StringComparison.Ordinal) ? e.Message : Prefix + e.Message);
        }
        catch (DuckDBException e)
        {
            results = [new StatementResult(0, [], e.Message)];
        }
        finally
        {
            _queries.Release();
        }

        response.ContentType = "application/json";
        var epoch = Parameter("epoch");
        var writer = new ResultWriter(response.BodyWriter, epoch.Length == 0 ? 0 : Precision.Unit(epoch), Parameter("pretty") == "true");
        await writer.WriteAsync(results, FlushAsync).ConfigureAwait(false);

        async ValueTask FlushAsync()
        {
            if (response.BodyWriter.UnflushedBytes > 32 * 1024)
                await response.BodyWriter.FlushAsync(context.RequestAborted).ConfigureAwait(false);
        }
    }

    private static Dictionary<string, object?> BindParameters(string json)
    {
        var parameters = new Dictionary<string, object?>();
        if (json.Length == 0)
            return parameters;
        try
        {
            using var document = JsonDocument.Parse(json);
            foreach (var property in document.RootElement.EnumerateObject())
            {
                parameters[property.Name] = property.Value.ValueKind switch
                {
                    JsonValueKind.String => property.Value.GetString(),
                    JsonValueKind.True => true,
                    JsonValueKind.False => false,
                    JsonValueKind.Number when property.Value.TryGetInt64(out var n) => n,
                    JsonValueKind.Number => property.Value.GetDouble(),
                    _ => null,
                };
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new RequestException(400, "error parsing query parameters: " + e.Message);
        }

        return parameters;
    }

    private async Task<(byte[] Buffer, int Length)> ReadBodyAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.ContentLength > maxBody)
            throw new RequestException(413, "Request Entity Too Large");
        var gzip = request.Headers.ContentEncoding == "gzip";
        await using var unpacked = gzip ? new GZipStream(request.Body, CompressionMode.Decompress) : null;
        var body = unpacked ?? request.Body;
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(request.ContentLength * (gzip ? 4 : 1) + 1 ?? 4096, 4096, maxBody + 1));
        try
        {
            var length = 0;
            while (true)
            {
                var n = await body.ReadAsync(buffer.AsMemory(length), cancellationToken).ConfigureAwait(false);
                if (n == 0)
                    return (buffer, length);
                length += n;
                if (length > maxBody)
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

    private static async Task ErrorAsync(HttpRequest request, HttpResponse response, int status, string message)
    {
        response.StatusCode = status;
        response.ContentType = "application/json";
        response.Headers["X-Influxdb-Error"] = string.Concat(message.Select(c => char.IsControl(c) || c > 126 ? ' ' : c));
        new ResultWriter(response.BodyWriter, 0, request.Query["pretty"] == "true").WriteError(message);
        await response.BodyWriter.FlushAsync().ConfigureAwait(false);
    }

    private static Task JsonAsync(HttpResponse response, int status, string json)
    {
        response.StatusCode = status;
        response.ContentType = "application/json";
        return response.WriteAsync(json);
    }

    private static Task PlainAsync(HttpResponse response, int status, string text)
    {
        response.StatusCode = status;
        response.ContentType = "text/plain; charset=utf-8";
        return response.WriteAsync(text + "\n");
    }
}
