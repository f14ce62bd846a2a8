using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Nbpy.Publishers.Live;

namespace Nbpy.Publishers.Twitter.Live;

/// <summary>Calls of X's API v2: each bounded in time up to the end of its answer (the stream: up to its headers), each refusal with the
/// wait that X's rules ask for.</summary>
internal sealed class TwitterHttp : IDisposable
{
    private const int LargestBody = 8 * 1024 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Provisioning = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Refused = TimeSpan.FromMinutes(5);

    /// <summary>A limit's window: no header is believed that asks for more.</summary>
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(15);

    private readonly TwitterLiveOptions options;
    private readonly TwitterBackOff backOff;
    private readonly TimeProvider time;
    private readonly Action<DateTimeOffset> dated;
    private readonly HttpClient http;

    /// <param name="options">Address, token, trust.</param>
    /// <param name="backOff">How long to wait after a refusal.</param>
    /// <param name="time">Measures patience.</param>
    /// <param name="dated">Told of X's clock as each answer shows it, to the second.</param>
    public TwitterHttp(TwitterLiveOptions options, TwitterBackOff backOff, TimeProvider time, Action<DateTimeOffset> dated)
    {
        (this.options, this.backOff, this.time, this.dated) = (options, backOff, time, dated);
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false };
        if (LiveTrust.Callback(options.Common.TrustedCertificates()) is { } callback)
            handler.SslOptions.RemoteCertificateValidationCallback = callback;
        http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = LargestBody };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", options.Token);
    }

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    /// <summary>Opens the stream.</summary>
    /// <exception cref="LiveException">X refuses, or does not answer.</exception>
    public Task<HttpLineStream> OpenAsync(string query, CancellationToken cancellationToken) => SendAsync(
        new HttpRequestMessage(HttpMethod.Get, $"{options.Stream}?{query}"),
        async (response, stop) => new HttpLineStream(response, await response.Content.ReadAsStreamAsync(stop).ConfigureAwait(false), time),
        keep: true, cancellationToken);

    /// <summary>Lists the rules, or changes them.</summary>
    /// <param name="change">Null lists them.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="LiveException">X refuses, or does not answer.</exception>
    public Task<byte[]> RulesAsync(JsonObject? change, CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(change is null ? HttpMethod.Get : HttpMethod.Post, options.Stream + "/rules");
        if (change is not null)
            request.Content = JsonContent.Create(change);
        return SendAsync(request, (response, stop) => response.Content.ReadAsByteArrayAsync(stop), keep: false, cancellationToken);
    }

    private async Task<T> SendAsync<T>(
        HttpRequestMessage request, Func<HttpResponseMessage, CancellationToken, Task<T>> take, bool keep, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(options.Common.Scale(Patience), time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        HttpResponseMessage? response = null;
        var taken = false;
        try
        {
            response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token).ConfigureAwait(false);
            if (response.Headers.Date is { } date)
                dated(date);
            if (!response.IsSuccessStatusCode)
                throw Refusal(response, await DetailAsync(response, either.Token).ConfigureAwait(false));
            var result = await take(response, either.Token).ConfigureAwait(false);
            taken = true;
            return result;
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new LiveException($"{options.Common.Url.Host} did not answer in time") { RetryAfter = options.Common.Scale(backOff.Transport()) };
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new LiveException($"no connection to {options.Common.Url.Host}: {e.InnerException?.Message ?? e.Message}", e)
            {
                RetryAfter = options.Common.Scale(backOff.Transport()),
            };
        }
        finally
        {
            request.Dispose();
            if (!taken || !keep)
                response?.Dispose();
        }
    }

    private LiveException Refusal(HttpResponseMessage response, string detail)
    {
        var text = $"X answered {(int)response.StatusCode}: {Redaction.Clean(detail, options.Token)}";
        switch (response.StatusCode)
        {
            case HttpStatusCode.Unauthorized:
                return new LiveRefusedException($"{text}; check TWITTER_BEARER_TOKEN") { RetryAfter = options.Common.Scale(Refused) };
            case HttpStatusCode.Forbidden:
                return new LiveRefusedException($"{text}; the account's plan may not have the filtered stream") { RetryAfter = options.Common.Scale(Refused) };
            case HttpStatusCode.TooManyRequests:
                var reset = Reset(response);
                var wait = options.Common.Scale(backOff.TooMany());
                return new LiveException(text) { RetryAfter = reset > wait ? reset : wait };
            case HttpStatusCode.ServiceUnavailable when detail.Contains("provision", StringComparison.OrdinalIgnoreCase):
                return new LiveException(text) { RetryAfter = options.Common.Scale(Provisioning) };
            // Conflict: X does not know of the rules yet; they are brought in step again before the next attempt.
            case HttpStatusCode.Conflict or HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError:
                return new LiveException(text) { RetryAfter = options.Common.Scale(backOff.HttpError()) };
            default:
                return new LiveRefusedException($"{text}; check options.url, options.rules and options.backfill_minutes") { RetryAfter = options.Common.Scale(Refused) };
        }
    }

    /// <summary>How long until the limit is lifted: never more than its window, whatever the header says.</summary>
    private TimeSpan Reset(HttpResponseMessage response)
    {
        if (!response.Headers.TryGetValues("x-rate-limit-reset", out var values) || !long.TryParse(values.First(), NumberStyles.None, CultureInfo.InvariantCulture, out var at))
            return TimeSpan.Zero;
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        return at <= now ? TimeSpan.Zero : TimeSpan.FromSeconds(Math.Min(at - now, (long)Window.TotalSeconds));
    }

    // {"title":"ConnectionException","detail":"This stream is currently at the maximum allowed connection limit.",…}; a gateway's body is no JSON.
    private static async Task<string> DetailAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var body = Encoding.UTF8.GetString(await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false));
        try
        {
            using var document = JsonDocument.Parse(body);
            if (document.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("detail", out var detail) && detail.ValueKind == JsonValueKind.String)
                return detail.GetString()!;
        }
        catch (JsonException)
        {
            // Not X's own answer: shown as it is.
        }

        return body[..Math.Min(200, body.Length)];
    }
}
