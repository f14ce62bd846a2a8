using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Nbpy.Publishers.Kraken.Live;

/// <summary>Signs calls of Kraken's private REST API (Kraken's guide "REST authentication").</summary>
/// <remarks>Holds the secret and never shows it. The nonce rises with every call, also when the clock does not.</remarks>
public sealed class KrakenSigner
{
    private readonly byte[] secret;
    private long lastNonce;

    /// <param name="key">The API key.</param>
    /// <param name="secret">The private key, base64.</param>
    /// <exception cref="FormatException">The secret is not base64. The message does not repeat it.</exception>
    public KrakenSigner(string key, string secret)
    {
        Key = key;
        try
        {
            this.secret = Convert.FromBase64String(secret);
        }
        catch (FormatException)
        {
            throw new FormatException("The API secret is not base64; copy the whole private key of the API key.");
        }
    }

    /// <summary>The header API-Key.</summary>
    public string Key { get; }

    /// <summary>The next nonce: milliseconds since the Unix epoch, or one more than the last.</summary>
    public string NextNonce(DateTimeOffset now)
    {
        lastNonce = Math.Max(now.ToUnixTimeMilliseconds(), lastNonce + 1);
        return lastNonce.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>The header API-Sign: base64 of HMAC-SHA512, with the secret, over the path and SHA-256 of nonce and body.</summary>
    /// <param name="path">For example <c>/0/private/GetWebSocketsToken</c>.</param>
    /// <param name="nonce">The one in the body.</param>
    /// <param name="body">The form, exactly as sent.</param>
    public string Sign(string path, string nonce, string body)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(nonce + body));
        byte[] message = [.. Encoding.UTF8.GetBytes(path), .. hash];
        return Convert.ToBase64String(HMACSHA512.HashData(secret, message));
    }
}
