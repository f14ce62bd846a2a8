using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Nbpy.Publishers.Live;

namespace Nbpy.Publishers.Kraken;

/// <summary>Kraken's REST API, as far as the feeds need it: the token of the private socket, ticker and depth.</summary>
internal sealed class KrakenRest : IDisposable
{
    private readonly HttpClient http;
    private readonly TimeProvider time;
    private long lastNonce;

    public KrakenRest(LiveOptions options, TimeProvider time)
    {
        this.time = time;
        var handler = new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5) };
        if (LiveTrust.Callback(options.TrustedCertificates()) is { } callback)
            handler.SslOptions.RemoteCertificateValidationCallback = callback;
        http = new HttpClient(handler) { BaseAddress = options.UrlOf("rest_url", "https://api.kraken.com"), Timeout = options.Scale(TimeSpan.FromSeconds(10)) };
    }

    /// <summary>The signature of a private call: HMAC-SHA512, with the decoded secret, of the path and SHA-256(nonce + body); Kraken's
    /// documentation of REST authentication.</summary>
    public static string Sign(string path, string nonce, string body, string secret)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(nonce + body));
        return Convert.ToBase64String(HMACSHA512.HashData(Convert.FromBase64String(secret), (byte[])[.. Encoding.UTF8.GetBytes(path), .. hash]));
    }

    /// <summary>A token for the private socket.</summary>
    /// <exception cref="LiveRefusedException">The key is not accepted; the message is the venue's.</exception>
    /// <exception cref="LiveException">Try again later.</exception>
    public async Task<string> TokenAsync(string key, string secret, CancellationToken cancellationToken)
    {
        const string path = "/0/private/GetWebSocketsToken";

        // Must rise with every call of the key, also over a restart.
        lastNonce = Math.Max(lastNonce + 1, time.GetUtcNow().ToUnixTimeMilliseconds());
        var nonce = lastNonce.ToString(CultureInfo.InvariantCulture);
        var body = $"nonce={nonce}";
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/x-www-form-urlencoded") };
        string signature;
        try
        {
            signature = Sign(path, nonce, body, secret);
        }
        catch (FormatException)
        {
            throw new LiveRefusedException("KRAKEN_API_SECRET is not base64; copy it as Kraken shows it");
        }

        request.Headers.Add("API-Key", key);
        request.Headers.Add("API-Sign", signature);
        using var answer = await SendAsync(request, cancellationToken).ConfigureAwait(false);
        return answer.RootElement.GetProperty("result").GetProperty("token").GetString()!;
    }

    /// <summary>A public call; its <c>result</c>'s first entry, whatever it is called.</summary>
    public async Task<JsonElement> FirstResultAsync(string pathAndQuery, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, pathAndQuery);
        using var answer = await SendAsync(request, cancellationToken).ConfigureAwait(false);
        return answer.RootElement.GetProperty("result").EnumerateObject().First().Value.Clone();
    }

    public void Dispose() => http.Dispose();

    private async Task<JsonDocument> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var response = await http.SendAsync(request, cancellationToken).ConfigureAwait(false);
        var text = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        JsonDocument answer;
        try
        {
            answer = JsonDocument.Parse(text);
        }
        catch (JsonException e)
        {
            throw new LiveException($"{request.RequestUri} answered {(int)response.StatusCode} with something that is not JSON", e);
        }

        if (answer.RootElement.TryGetProperty("error", out var errors) && errors.ValueKind == JsonValueKind.Array && errors.GetArrayLength() > 0)
        {
            var error = errors[0].GetString() ?? "";
            answer.Dispose();
            throw error.StartsWith("EAPI:Invalid", StringComparison.Ordinal) || error.StartsWith("EGeneral:Permission", StringComparison.Ordinal) || error.StartsWith("EQuery:", StringComparison.Ordinal)
                ? new LiveRefusedException($"Kraken says {error}")
                : new LiveException($"Kraken says {error}") { RetryAfter = TimeSpan.FromSeconds(5) };
        }

        if (response.IsSuccessStatusCode)
            return answer;
        answer.Dispose();
        throw new LiveException($"{request.RequestUri} answered {(int)response.StatusCode}");
    }
}
