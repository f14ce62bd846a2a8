using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Nbpy.Influx;

/// <summary>A client of InfluxDB 1.x's HTTP API (<c>/ping</c>, <c>/write</c>, <c>/query</c>): InfluxDB 1.6 to 1.8, the embedded
/// store, and whatever takes line protocol on <c>/write</c>. Thread-safe.</summary>
public sealed class InfluxClient : IDisposable
{
    /// <summary>So much goes out before an answer can be missed.</summary>
    private const int SentAtOnce = 64 * 1024;

    private readonly HttpClient http;
    private readonly InfluxOptions options;
    private readonly ConcurrentDictionary<string, Uri> writeUris = new(StringComparer.Ordinal);

    /// <summary>Bytes from which a write asks before it sends its body: as long as one that broke off. Who refuses a body by its length (413) answers
    /// at once and closes, and the answer is lost under what is still being sent.</summary>
    private volatile int asksFrom = int.MaxValue;

    /// <summary>The store has refused a packed body and taken the same one unpacked.</summary>
    private volatile bool refusesGzip;

    /// <param name="options">Address and credentials.</param>
    /// <param name="handler">For tests; a keep-alive socket handler when null.</param>
    public InfluxClient(InfluxOptions options, HttpMessageHandler? handler = null)
    {
        this.options = options;
        // No redirects: one would turn a write into a read. What is not needed is not in each write's way: a write's trace is the message's own.
        http = new HttpClient(handler ?? new SocketsHttpHandler
        {
            PooledConnectionLifetime = TimeSpan.FromMinutes(5), UseProxy = false, UseCookies = false, AllowAutoRedirect = false, ActivityHeadersPropagator = null,
        })
        {
            BaseAddress = options.Url,
            Timeout = options.Timeout,
        };
        if (!string.IsNullOrEmpty(options.Username))
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
                "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{options.Username}:{options.Password}")));
    }

    /// <summary>What this client was made with.</summary>
    public InfluxOptions Options => options;

    /// <summary>True when the server answers <c>/ping</c>.</summary>
    public async Task<bool> PingAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var response = await http.GetAsync(new Uri("ping", UriKind.Relative), cancellationToken).ConfigureAwait(false);
            return response.IsSuccessStatusCode;
        }
        catch (Exception e) when (IsUnavailable(e, cancellationToken))
        {
            return false;
        }
    }

    /// <summary>Writes lines with ns times. Never throws for what the server or the network does.</summary>
    /// <param name="lines">Line protocol, lines parted by line feeds.</param>
    /// <param name="retentionPolicy">Null is the database's default policy.</param>
    /// <param name="cancellationToken">Stops waiting; whether the points are stored is then unknown.</param>
    public Task<WriteResult> WriteAsync(ReadOnlyMemory<byte> lines, string? retentionPolicy, CancellationToken cancellationToken) =>
        WriteAsync(lines, retentionPolicy, null, cancellationToken);

    /// <summary>The same, as part of a trace (W3C <c>traceparent</c>) where one is given.</summary>
    internal async Task<WriteResult> WriteAsync(ReadOnlyMemory<byte> lines, string? retentionPolicy, string? traceParent, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var result = await TryWriteAsync(lines, retentionPolicy, traceParent, cancellationToken).ConfigureAwait(false);
        InfluxTelemetry.Written(lines.Length, Stopwatch.GetElapsedTime(started), result.Status);
        return result;
    }

    private async Task<WriteResult> TryWriteAsync(ReadOnlyMemory<byte> lines, string? retentionPolicy, string? traceParent, CancellationToken cancellationToken)
    {
        var packs = options.GzipFromBytes > 0 && lines.Length >= options.GzipFromBytes && !refusesGzip;
        var (status, result) = await TrySendAsync(lines, packs, retentionPolicy, traceParent, cancellationToken).ConfigureAwait(false);
        if (!packs || status is not (HttpStatusCode.BadRequest or HttpStatusCode.UnsupportedMediaType)
            || result.Reason?.StartsWith("partial write", StringComparison.Ordinal) == true)
            return result;
        // Bad points, or a store that does not unpack.
        (_, result) = await TrySendAsync(lines, packs: false, retentionPolicy, traceParent, cancellationToken).ConfigureAwait(false);
        refusesGzip |= result.Status == WriteStatus.Stored;
        return result;
    }

    private async Task<(HttpStatusCode? Status, WriteResult Result)> TrySendAsync(
        ReadOnlyMemory<byte> lines, bool packs, string? retentionPolicy, string? traceParent, CancellationToken cancellationToken)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, writeUris.GetOrAdd(retentionPolicy ?? "", WriteUri)) { Content = Content(lines, packs) };
            if (lines.Length >= asksFrom)
                request.Headers.ExpectContinue = true;
            if (traceParent is not null)
                request.Headers.TryAddWithoutValidation("traceparent", traceParent);
            using var response = await http.SendAsync(request, cancellationToken).ConfigureAwait(false);
            return (response.StatusCode, await ResultAsync(response, cancellationToken).ConfigureAwait(false));
        }
        catch (Exception e) when (IsUnavailable(e, cancellationToken))
        {
            if (e is HttpRequestException { InnerException: IOException })
                asksFrom = Math.Max(SentAtOnce, Math.Min(asksFrom, lines.Length));
            return (null, new WriteResult(WriteStatus.Unavailable, e is TaskCanceledException ? $"no answer within {options.Timeout.TotalSeconds:0} s" : e.Message));
        }
    }

    private static async Task<WriteResult> ResultAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.StatusCode == HttpStatusCode.NoContent)
            return new WriteResult(WriteStatus.Stored);
        var body = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        var reason = Reason(response, body);
        return response.StatusCode switch
        {
            // A store has nothing to say: what answers with a page is none, and has stored nothing.
            < HttpStatusCode.MultipleChoices => body.Length == 0
                ? new WriteResult(WriteStatus.Stored) : new WriteResult(WriteStatus.Refused, $"{(int)response.StatusCode} with content, where a store answers 204 without: {reason}"),
            HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity => new WriteResult(WriteStatus.Rejected, reason),
            HttpStatusCode.RequestEntityTooLarge => new WriteResult(WriteStatus.TooLarge, $"413: {reason}"),
            HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError => new WriteResult(WriteStatus.Unavailable, reason, RetryAfter(response)),
            _ => new WriteResult(WriteStatus.Refused, $"{(int)response.StatusCode}: {reason}"),
        };
    }

    /// <summary>Runs InfluxQL. Statements that change something need <paramref name="post"/>.</summary>
    /// <exception cref="InfluxException">The server does not answer, refuses, or a statement failed.</exception>
    public async Task<QueryResult> QueryAsync(string influxQl, CancellationToken cancellationToken, bool post = false)
    {
        try
        {
            var uri = $"query?epoch=ns&db={Uri.EscapeDataString(options.Database)}";
            using var request = post
                ? new HttpRequestMessage(HttpMethod.Post, uri) { Content = new FormUrlEncodedContent([new("q", influxQl)]) }
                : new HttpRequestMessage(HttpMethod.Get, $"{uri}&q={Uri.EscapeDataString(influxQl)}");
            using var response = await http.SendAsync(request, cancellationToken).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode)
                throw new InfluxException($"{options.Url} answered {(int)response.StatusCode}: {Reason(response, await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false))}");
            var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false))
            {
                using var document = await JsonDocument.ParseAsync(stream, cancellationToken: cancellationToken).ConfigureAwait(false);
                return Read(document.RootElement);
            }
        }
        catch (Exception e) when (IsUnavailable(e, cancellationToken) || e is JsonException or KeyNotFoundException)
        {
            throw new InfluxException($"{options.Url} does not answer a query: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    private static QueryResult Read(JsonElement root)
    {
        var series = new List<InfluxSeries>();
        foreach (var result in root.GetProperty("results").EnumerateArray())
        {
            if (result.TryGetProperty("error", out var error))
                throw new InfluxException(error.ToString());
            if (!result.TryGetProperty("series", out var list))
                continue;
            foreach (var item in list.EnumerateArray())
                series.Add(new InfluxSeries(
                    item.TryGetProperty("name", out var name) ? name.GetString()! : "",
                    item.TryGetProperty("tags", out var tags) ? tags.EnumerateObject().ToDictionary(t => t.Name, t => t.Value.GetString()!) : [],
                    [.. item.GetProperty("columns").EnumerateArray().Select(c => c.GetString()!)],
                    item.TryGetProperty("values", out var values) ? [.. values.EnumerateArray().Select(r => r.EnumerateArray().Select(v => v.Clone()).ToArray())] : []));
        }

        return new QueryResult(series);
    }

    private static bool IsUnavailable(Exception e, CancellationToken cancellationToken) =>
        e is HttpRequestException or IOException || (e is TaskCanceledException && !cancellationToken.IsCancellationRequested);

    private static TimeSpan? RetryAfter(HttpResponseMessage response) =>
        response.Headers.RetryAfter is { } after ? after.Delta ?? after.Date - DateTimeOffset.UtcNow : null;

    private static string Reason(HttpResponseMessage response, string body)
    {
        if (response.Headers.Location is { } location)
            return $"redirects to {location}; configure that address";
        try
        {
            using var document = JsonDocument.Parse(body);
            if (document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("error", out var error))
                return error.ToString();
        }
        catch (JsonException)
        {
            // Not JSON: a proxy's page, say. Its text is the reason.
        }

        return body.Length > 500 ? body[..500] : body.Length > 0 ? body : string.Create(CultureInfo.InvariantCulture, $"status {(int)response.StatusCode}");
    }

    private Uri WriteUri(string retentionPolicy)
    {
        var uri = new StringBuilder("write?precision=ns&db=").Append(Uri.EscapeDataString(options.Database));
        if (retentionPolicy.Length > 0)
            uri.Append("&rp=").Append(Uri.EscapeDataString(retentionPolicy));
        if (options.Consistency is not null)
            uri.Append("&consistency=").Append(options.Consistency);
        return new Uri(uri.ToString(), UriKind.Relative);
    }

    private static HttpContent Content(ReadOnlyMemory<byte> lines, bool packs)
    {
        if (!packs)
            return new ReadOnlyMemoryContent(lines);
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(lines.Span);
        return new ByteArrayContent(packed.GetBuffer(), 0, (int)packed.Length) { Headers = { ContentEncoding = { "gzip" } } };
    }
}
