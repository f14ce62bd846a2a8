using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Nbpy.Publishers.Live;

namespace Nbpy.Publishers.Betfair.Live;

/// <summary>Signs in: interactively with name and password, or with a client certificate besides.</summary>
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
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false };
        if (LiveTrust.Callback(options.Common.TrustedCertificates()) is { } callback)
            handler.SslOptions.RemoteCertificateValidationCallback = callback;
        using var certificate = ClientCertificate();
        if (certificate is not null)
            handler.SslOptions.ClientCertificates = [certificate];
        using var http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = LargestBody };
        using var limit = new CancellationTokenSource(options.Common.Scale(Patience), time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        using var request = new HttpRequestMessage(HttpMethod.Post, options.LoginUrl)
        {
            Content = new FormUrlEncodedContent([new("username", options.Username), new("password", options.Password)]),
        };
        request.Headers.Add("X-Application", options.AppKey);
        request.Headers.Add("Accept", "application/json");
        try
        {
            using var response = await http.SendAsync(request, either.Token).ConfigureAwait(false);
            var body = await response.Content.ReadAsByteArrayAsync(either.Token).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode)
                throw new LiveException($"the login at {options.LoginUrl.Host} answered {(int)response.StatusCode}");
            return Token(body);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new LiveException($"the login at {options.LoginUrl.Host} did not answer in time");
        }
        catch (HttpRequestException e)
        {
            throw new LiveException($"no connection to the login at {options.LoginUrl.Host}: {e.InnerException?.Message ?? e.Message}", e);
        }
    }

    // {"token":"…","status":"SUCCESS"} interactively, {"sessionToken":"…","loginStatus":"SUCCESS"} with a certificate.
    private string Token(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            string? Text(string name) => document.RootElement.TryGetProperty(name, out var value) ? value.GetString() : null;
            var status = Text("loginStatus") ?? Text("status");
            if (status == "SUCCESS" && (Text("sessionToken") ?? Text("token")) is { Length: > 0 } token)
                return token;
            var reason = Text("error") is { Length: > 0 } error ? error : status;
            throw new LiveRefusedException($"Betfair refuses the login: {reason}")
            {
                // A wrong password tried again and again locks the account; too many logins ban it for as long.
                RetryAfter = options.Common.Scale(Banned),
            };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new LiveException($"the login at {options.LoginUrl.Host} answered something that is not its JSON");
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
