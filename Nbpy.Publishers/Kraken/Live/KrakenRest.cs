using System.Net;
using System.Text;
using System.Text.Json;
using Nbpy.Publishers.Live;

namespace Nbpy.Publishers.Kraken.Live;

/// <summary>Kraken's REST API. Its errors come in the body, mostly with HTTP 200.</summary>
public sealed class KrakenRest : IDisposable
{
    private const int LargestBody = 16 * 1024 * 1024;

    private readonly HttpClient http;
    private readonly KrakenLiveOptions options;
    private readonly TimeProvider time;

    public KrakenRest(KrakenLiveOptions options, TimeProvider time)
    {
        this.options = options;
        this.time = time;
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, AutomaticDecompression = DecompressionMethods.All };
        if (LiveTrust.Callback(options.Trusted) is { } callback)
            handler.SslOptions.RemoteCertificateValidationCallback = callback;
        // The timeout is by the feed's own clock.
        http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = LargestBody };
    }

    /// <summary>Told of the answers' own time (their header Date) and of the local time in the middle of the call.</summary>
    public Action<DateTimeOffset, DateTimeOffset>? Dated { get; init; }

    /// <summary>A public call; its <c>result</c>.</summary>
    /// <exception cref="LiveRefusedException">What is asked for does not exist or is not allowed.</exception>
    /// <exception cref="LiveException">Kraken cannot answer now.</exception>
    public Task<JsonElement> GetAsync(string pathAndQuery, CancellationToken cancellationToken) =>
        CallAsync(() => new HttpRequestMessage(HttpMethod.Get, At(pathAndQuery)), cancellationToken);

    /// <summary>A private call; its <c>result</c>.</summary>
    /// <param name="path">For example <c>/0/private/GetWebSocketsToken</c>.</param>
    /// <param name="form">Form fields after the nonce, encoded; empty for none.</param>
    /// <param name="signer">Signs it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="LiveRefusedException">Key, signature or permission is wrong.</exception>
    /// <exception cref="LiveException">Kraken cannot answer now.</exception>
    public Task<JsonElement> PostAsync(string path, string form, KrakenSigner signer, CancellationToken cancellationToken) =>
        CallAsync(
            () =>
            {
                var nonce = signer.NextNonce(time.GetUtcNow());
                var body = form.Length == 0 ? $"nonce={nonce}" : $"nonce={nonce}&{form}";
                var request = new HttpRequestMessage(HttpMethod.Post, At(path))
                {
                    Content = new StringContent(body, Encoding.UTF8, "application/x-www-form-urlencoded"),
                };
                request.Headers.Add("API-Key", signer.Key);
                request.Headers.Add("API-Sign", signer.Sign(path, nonce, body));
                return request;
            },
            cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    private Uri At(string path) => new(options.RestUrl.AbsoluteUri.TrimEnd('/') + path);

    private async Task<JsonElement> CallAsync(Func<HttpRequestMessage> make, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(options.Common.Scale(TimeSpan.FromSeconds(15)), time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using var request = make();
            var asked = time.GetUtcNow();
            using var response = await http.SendAsync(request, either.Token).ConfigureAwait(false);
            if (response.Headers.Date is { } date)
                Dated?.Invoke(date, asked + ((time.GetUtcNow() - asked) / 2));
            var body = await response.Content.ReadAsByteArrayAsync(either.Token).ConfigureAwait(false);
            var retryAfter = response.Headers.TryGetValues("Retry-After", out var values)
                ? RetryAfter.Parse(values.FirstOrDefault(), time.GetUtcNow()) : null;
            return Result(body, response.StatusCode, retryAfter);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new LiveException($"{options.RestUrl.Host} did not answer in time");
        }
    }

    // {"error":[],"result":{…}} or {"error":["EAPI:Invalid key"]}
    private JsonElement Result(byte[] body, HttpStatusCode status, TimeSpan? retryAfter)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var root = document.RootElement;
            if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("error", out var errors)
                && errors.ValueKind == JsonValueKind.Array)
            {
                var first = errors.EnumerateArray().Select(e => e.ToString()).FirstOrDefault(e => !e.StartsWith('W'));
                if (first is not null)
                    throw Refusal(first, retryAfter);
                if (root.TryGetProperty("result", out var result))
                    return result.Clone();
            }
        }
        catch (JsonException)
        {
            // Not Kraken's own answer; the status says what is known.
        }

        if (status is HttpStatusCode.TooManyRequests or HttpStatusCode.Forbidden)
            throw new LiveRefusedException($"{options.RestUrl.Host} answered HTTP {(int)status}: too many calls from this address")
            {
                RetryAfter = retryAfter ?? options.Common.Scale(TimeSpan.FromSeconds(60)),
            };
        throw new LiveException($"{options.RestUrl.Host} answered HTTP {(int)status} without a result") { RetryAfter = retryAfter };
    }

    private LiveException Refusal(string error, TimeSpan? retryAfter)
    {
        var text = $"{options.RestUrl.Host}: {Redaction.Clean(error, options.ApiKey, options.ApiSecret)}";
        if (Is("EAPI:Rate limit", "EGeneral:Too many requests", "EGeneral:Temporary lockout", "EOrder:Rate limit"))
            return new LiveException(text) { RetryAfter = retryAfter ?? options.Common.Scale(TimeSpan.FromSeconds(15)) };
        return Is("EAPI:Invalid nonce", "EService:", "EGeneral:Internal")
            ? new LiveException(text) { RetryAfter = retryAfter }
            : new LiveRefusedException(text);

        bool Is(params ReadOnlySpan<string> starts)
        {
            foreach (var start in starts)
            {
                if (error.StartsWith(start, StringComparison.Ordinal))
                    return true;
            }

            return false;
        }
    }
}
