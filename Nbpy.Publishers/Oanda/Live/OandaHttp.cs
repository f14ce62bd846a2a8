using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Nbpy.Publishers.Live;

namespace Nbpy.Publishers.Oanda.Live;

/// <summary>OANDA's v20 API over HTTP: streams and calls, with the bearer token and the account's path.</summary>
internal sealed partial class OandaHttp : IDisposable
{
    private const int LargestBody = 64 * 1024 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly HttpClient http;
    private readonly OandaLiveOptions options;
    private readonly TimeProvider time;
    private readonly ILogger logger;

    public OandaHttp(OandaLiveOptions options, TimeProvider time, ILogger logger)
    {
        this.options = options;
        this.time = time;
        this.logger = logger;
        // No compression is offered: it would hold lines of a stream back.
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ConnectCallback = ConnectAsync };
        if (LiveTrust.Callback(options.Trusted) is { } callback)
            handler.SslOptions.RemoteCertificateValidationCallback = callback;
        // The timeout is by the feed's own clock.
        http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = LargestBody };
    }

    /// <summary>Opens a stream.</summary>
    /// <param name="path">After the account, for example <c>transactions/stream</c>.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="OandaErrorException">Another status than 200.</exception>
    /// <exception cref="LiveException">No connection, or no answer in time.</exception>
    public Task<HttpLineStream> OpenStreamAsync(string path, CancellationToken cancellationToken) => SendAsync(
        options.Common.Url, path,
        async (response, _) => new HttpLineStream(response, await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false), time),
        keep: true, cancellationToken);

    /// <summary>A call of the REST API; its JSON.</summary>
    /// <exception cref="OandaErrorException">Another status than 200.</exception>
    /// <exception cref="LiveException">No connection, no answer in time, or no JSON.</exception>
    public Task<JsonElement> GetAsync(string path, CancellationToken cancellationToken) => SendAsync(
        options.RestUrl, path,
        async (response, limited) =>
        {
            var body = await response.Content.ReadAsByteArrayAsync(limited).ConfigureAwait(false);
            try
            {
                using var document = JsonDocument.Parse(body);
                return document.RootElement.Clone();
            }
            catch (JsonException e)
            {
                throw new LiveException($"{options.RestUrl.Host} answered with something that is not JSON", e);
            }
        },
        keep: false, cancellationToken);

    public void Dispose() => http.Dispose();

    // The client would silently connect up to four times for one request; OANDA counts connections, and so does the feed.
    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        if (!((IDictionary<string, object?>)context.InitialRequestMessage.Options).TryAdd("nbpy.connected", true))
            throw new IOException("the connection was closed before an answer came");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<T> SendAsync<T>(
        Uri baseUrl, string path, Func<HttpResponseMessage, CancellationToken, Task<T>> take, bool keep, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(options.Common.Scale(Patience), time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        HttpResponseMessage? response = null;
        var taken = false;
        try
        {
            using var request = Request(baseUrl, path);
            response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token).ConfigureAwait(false);
            // What OANDA's support asks for.
            if (response.IsSuccessStatusCode && RequestId(response) is { } id)
                LogAnswered(logger, options.Common.Name, baseUrl.Host, path.Split('?')[0], id);
            if (!response.IsSuccessStatusCode)
                throw await ErrorAsync(baseUrl.Host, response, either.Token).ConfigureAwait(false);
            var result = await take(response, either.Token).ConfigureAwait(false);
            taken = true;
            return result;
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new LiveException($"{baseUrl.Host} did not answer within {options.Common.Scale(Patience).TotalSeconds:0.#} s");
        }
        catch (HttpRequestException e)
        {
            throw new LiveException($"no connection to {baseUrl.Host}: {e.InnerException?.Message ?? e.Message}", e);
        }
        finally
        {
            if (!taken || !keep)
                response?.Dispose();
        }
    }

    private HttpRequestMessage Request(Uri baseUrl, string path)
    {
        var root = baseUrl.GetLeftPart(UriPartial.Path).TrimEnd('/');
        if (!root.EndsWith("/v3", StringComparison.Ordinal))
            root += "/v3";
        var request = new HttpRequestMessage(HttpMethod.Get, $"{root}/accounts/{Uri.EscapeDataString(options.Account!)}/{path}");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", options.Token);
        request.Headers.Add("Accept-Datetime-Format", "RFC3339");
        return request;
    }

    // {"errorMessage":"Insufficient authorization to perform request."}; the code is often missing, a gateway's body is no JSON.
    private async Task<OandaErrorException> ErrorAsync(string host, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var status = (int)response.StatusCode;
        var said = "";
        var body = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            using var document = JsonDocument.Parse(body);
            said = OandaJson.Text(document.RootElement, "errorMessage") ?? "";
        }
        catch (JsonException)
        {
            // Not OANDA's own answer; the status says what is known.
        }

        if (said.Length > 0)
            said = $" ({Redaction.Clean(said, options.Token, options.Account)})";
        var id = RequestId(response) is { } request ? $", request {request}" : "";
        var retryAfter = response.Headers.TryGetValues("Retry-After", out var values)
            ? RetryAfter.Parse(values.First(), time.GetUtcNow()) : null;
        return new OandaErrorException(status, $"{host} answered HTTP {status}{said}{id}", retryAfter);
    }

    private string? RequestId(HttpResponseMessage response) =>
        response.Headers.TryGetValues("RequestID", out var ids) ? Redaction.Clean(ids.First(), options.Token, options.Account) : null;

    [LoggerMessage(137, LogLevel.Information, "{Name}: {Host} answered {Path}, request {RequestId}")]
    private static partial void LogAnswered(ILogger logger, string name, string host, string path, string requestId);
}
