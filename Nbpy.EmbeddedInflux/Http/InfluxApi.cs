using System.Collections.Frozen;
using Microsoft.AspNetCore.Http;
using Nbpy.EmbeddedInflux.InfluxQl;
using Nbpy.EmbeddedInflux.Storage;

namespace Nbpy.EmbeddedInflux.Http;

/// <summary>InfluxDB 1.x's HTTP API: paths, parameters, headers, statuses and texts. Split by concern: writing, querying, the rest.</summary>
/// <param name="store">Takes the writes.</param>
/// <param name="engine">Answers the queries.</param>
/// <param name="authenticator">Finds out who asks.</param>
/// <param name="facts">Counters.</param>
/// <param name="options">Limits.</param>
internal sealed partial class InfluxApi(
    Store store, QueryEngine engine, Authenticator authenticator, ServerFacts facts, ApiOptions options)
{
    private const string Version = ServerFacts.Version;

    private static readonly FrozenDictionary<string, string[]> Routes = new Dictionary<string, string[]>
    {
        ["/ping"] = ["HEAD", "GET"],
        ["/status"] = ["HEAD", "GET"],
        ["/health"] = ["GET"],
        ["/query"] = ["OPTIONS", "GET", "POST"],
        ["/write"] = ["OPTIONS", "POST"],
        ["/api/v2/write"] = ["OPTIONS", "POST"],
        ["/api/v2/query"] = ["POST"],
        ["/api/v1/prom/write"] = ["POST"],
        ["/api/v1/prom/read"] = ["POST"],
        ["/debug/vars"] = ["GET"],
        ["/nbpy/backup"] = ["POST"],
    }.ToFrozenDictionary();

    private readonly RequestIds _ids = new();
    private readonly SemaphoreSlim _queries = new(options.ConcurrentQueries, options.ConcurrentQueries);

    /// <summary>Answers one request.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        var began = facts.BeginRequest();
        response.Headers["X-Influxdb-Build"] = "OSS";
        response.Headers["X-Influxdb-Version"] = Version;
        var id = _ids.Next();
        response.Headers["Request-Id"] = id;
        response.Headers["X-Request-Id"] = id;
        try
        {
            if (!Routes.TryGetValue(request.Path.Value ?? "", out var allowed))
                await PlainAsync(response, 404, "404 page not found").ConfigureAwait(false);
            else if (!allowed.Contains(request.Method))
            {
                response.Headers.Allow = string.Join(", ", allowed);
                await PlainAsync(response, 405, "Method Not Allowed").ConfigureAwait(false);
            }
            else if (request.Method != "OPTIONS")
            {
                // Whatever is not a write or a ping may take long, and leaves the thread that polls the sockets.
                if (request.Path.Value is not ("/write" or "/api/v2/write" or "/ping"))
                    await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
                await RouteAsync(context).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client is gone.
        }
        catch (Exception e) when (!response.HasStarted)
        {
            var (status, message) = e switch
            {
                RequestException r => (r.Status, r.Message),
                WriteException w => (w.Status, w.Message),
                NotAuthorizedException n => (403, "error authorizing query: " + n.Message),
                BadHttpRequestException { StatusCode: 413 } => (413, "Request Entity Too Large"),
                BadHttpRequestException b => (b.StatusCode, b.Message),
                InvalidDataException => (400, "gzip: invalid header"),
                _ => (500, e.Message),
            };
            await ErrorAsync(request, response, status, message).ConfigureAwait(false);
        }

        facts.EndRequest(began, response.StatusCode);
    }

    private Task RouteAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        switch (request.Path.Value)
        {
            case "/write":
                return WriteAsync(context, request.Query["db"].ToString(), request.Query["rp"], WritePrecision(request.Query["precision"].ToString()));
            case "/api/v2/write":
                var (database, policy) = Bucket(request.Query["bucket"].ToString());
                return WriteAsync(context, database, policy, WritePrecisionV2(request.Query["precision"].ToString()));
            case "/api/v2/query":
                return PlainAsync(response, 403, "Flux query service disabled. Verify flux-enabled=true in the [http] section of the InfluxDB config.");
            case "/api/v1/prom/write":
                facts.Count(Counter.PrometheusWrites);
                return WriteAsync(context, request.Query["db"].ToString(), request.Query["rp"], 1, Samples);
            case "/api/v1/prom/read":
                facts.Count(Counter.PrometheusReads);
                return PrometheusReadAsync(context);
            case "/query":
                return QueryAsync(context);
            case "/ping":
                return PingAsync(request, response);
            case "/status":
                facts.Count(Counter.StatusRequests);
                response.StatusCode = 204;
                response.ContentType = "application/json";
                return Task.CompletedTask;
            case "/health":
                return JsonAsync(response, 200,
                    $$"""{"checks":[],"message":"ready for queries and writes","name":"influxdb","status":"pass","version":"{{Version}}"}""");
            case "/nbpy/backup":
                return BackupAsync(context);
            default:
                return VariablesAsync(response);
        }
    }

    private Task PingAsync(HttpRequest request, HttpResponse response)
    {
        facts.Count(Counter.Pings);
        if (request.Query["verbose"].ToString() is not ("" or "0" or "false"))
            return JsonAsync(response, 200, $$"""{"version":"{{Version}}"}""");
        response.StatusCode = 204;
        response.ContentType = "application/json";
        return Task.CompletedTask;
    }

    private async Task ErrorAsync(HttpRequest request, HttpResponse response, int status, string message)
    {
        if (status == 401)
        {
            facts.Count(Counter.AuthFailures);
            response.Headers.WWWAuthenticate = "Basic realm=\"InfluxDB\"";
        }

        response.StatusCode = status;
        var format = ResultFormats.Of(request, response.BodyWriter, 0);
        response.ContentType = format.ContentType;
        response.Headers["X-Influxdb-Error"] = string.Concat(message.Select(c => char.IsControl(c) || c > 126 ? ' ' : c));
        format.WriteError(message);
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
        response.Headers.XContentTypeOptions = "nosniff";
        return response.WriteAsync(text + "\n");
    }
}
