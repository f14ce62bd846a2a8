using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Nbpy.Publishers.Live;

namespace Nbpy.Publishers.Betfair.Live;

/// <summary>Betfair's identity service: signs in, interactively with name and password or with a client certificate besides, and keeps a
/// session alive.</summary>
internal sealed class BetfairLogin(BetfairLiveOptions options, TimeProvider time)
{
    private const int LargestBody = 1024 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Banned = TimeSpan.FromMinutes(20);

    /// <summary>A new session's token.</summary>
    /// <exception cref="LiveRefusedException">Betfair says no.</exception>
    /// <exception cref="LiveException">No connection, or no answer in time.</exception>
    public async Task<string> SignInAsync(CancellationToken cancellationToken)
    {
        using var certificate = ClientCertificate();
        using var request = new HttpRequestMessage(HttpMethod.Post, options.LoginUrl)
        {
            Content = new FormUrlEncodedContent([new("username", options.Username), new("password", options.Password)]),
        };
        var (token, reason) = await PostAsync(request, certificate, cancellationToken).ConfigureAwait(false);
        return token ?? throw new LiveRefusedException($"Betfair refuses the login: {Redaction.Clean(reason, options.Username, options.Password)}")
        {
            // A wrong password tried again and again locks the account; too many logins ban it for as long.
            RetryAfter = options.Common.Scale(Banned),
        };
    }

    /// <summary>Prolongs a session's life.</summary>
    /// <returns>Null when it worked; else Betfair's reason.</returns>
    /// <exception cref="LiveException">No connection, or no answer in time.</exception>
    public async Task<string?> KeepAliveAsync(string token, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, options.KeepAliveUrl);
        request.Headers.Add("X-Authentication", token);
        var (kept, reason) = await PostAsync(request, null, cancellationToken).ConfigureAwait(false);
        return kept is null ? reason : null;
    }

    private async Task<(string? Token, string Reason)> PostAsync(HttpRequestMessage request, X509Certificate2? certificate, CancellationToken cancellationToken)
    {
        var host = request.RequestUri!.Host;
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false };
        if (LiveTrust.Callback(options.Common.TrustedCertificates()) is { } callback)
            handler.SslOptions.RemoteCertificateValidationCallback = callback;
        if (certificate is not null)
            handler.SslOptions.ClientCertificates = [certificate];
        using var http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = LargestBody };
        using var limit = new CancellationTokenSource(options.Common.Scale(Patience), time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        request.Headers.Add("X-Application", options.AppKey);
        request.Headers.Add("Accept", "application/json");
        try
        {
            using var response = await http.SendAsync(request, either.Token).ConfigureAwait(false);
            var body = await response.Content.ReadAsByteArrayAsync(either.Token).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode)
                throw new LiveException($"the login at {host} answered {(int)response.StatusCode}");
            return Read(body) ?? throw new LiveException($"the login at {host} answered something that is not its JSON");
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new LiveException($"the login at {host} did not answer in time");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new LiveException($"no connection to the login at {host}: {e.InnerException?.Message ?? e.Message}", e);
        }
    }

    // {"token":"…","status":"SUCCESS"} interactively, {"sessionToken":"…","loginStatus":"SUCCESS"} with a certificate.
    private static (string? Token, string Reason)? Read(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
                return null;
            var status = BetfairJson.Text(root, "loginStatus") ?? BetfairJson.Text(root, "status");
            if (status == "SUCCESS" && (BetfairJson.Text(root, "sessionToken") ?? BetfairJson.Text(root, "token")) is { Length: > 0 } token)
                return (token, "");
            return (null, BetfairJson.Text(root, "error") is { Length: > 0 } error ? error : status ?? "no reason given");
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private X509Certificate2? ClientCertificate()
    {
        if (options.CertificateFile is not { } file)
            return null;
        try
        {
            return X509Certificate2.CreateFromPemFile(file, options.CertificateKeyFile);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new LiveRefusedException($"the client certificate {file} (BETFAIR_CERTIFICATE, BETFAIR_CERTIFICATE_KEY) cannot be read: {e.Message}");
        }
    }
}
