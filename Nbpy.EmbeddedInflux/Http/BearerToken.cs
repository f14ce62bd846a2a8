using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Nbpy.EmbeddedInflux.Http;

/// <summary>JSON web tokens signed with a shared secret (RFC 7519 with the HMAC algorithms of RFC 7518), as InfluxDB 1.x takes them:
/// the claims <c>username</c> and <c>exp</c> must be there.</summary>
internal static class BearerToken
{
    /// <summary>The user's name.</summary>
    /// <exception cref="RequestException">401, in InfluxDB's words.</exception>
    public static string UserOf(string token, string secret, DateTimeOffset now)
    {
        var parts = token.Split('.');
        if (parts.Length != 3)
            throw Refused("token contains an invalid number of segments");
        using var header = Json(parts[0]);
        var algorithm = Text(header, "alg");
        var signed = Encoding.ASCII.GetBytes(parts[0] + "." + parts[1]);
        var key = Encoding.UTF8.GetBytes(secret);
        var expected = algorithm switch
        {
            "HS256" => HMACSHA256.HashData(key, signed),
            "HS384" => HMACSHA384.HashData(key, signed),
            "HS512" => HMACSHA512.HashData(key, signed),
            _ => throw Refused($"unexpected signing method: {algorithm}"),
        };
        if (!CryptographicOperations.FixedTimeEquals(expected, Decode(parts[2])))
            throw Refused("signature is invalid");
        using var claims = Json(parts[1]);
        if (!claims.RootElement.TryGetProperty("exp", out var exp) || exp.ValueKind != JsonValueKind.Number || exp.GetDouble() <= 0)
            throw Refused("token expiration required");
        if (exp.GetDouble() < now.ToUnixTimeSeconds())
            throw Refused("Token is expired");
        var name = Text(claims, "username") ?? throw Refused("username in token must be a string");
        return name.Length > 0 ? name : throw Refused("token must contain a username");
    }

    private static RequestException Refused(string message) => new(401, message);

    private static string? Text(JsonDocument document, string name) =>
        document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static JsonDocument Json(string part)
    {
        try
        {
            return JsonDocument.Parse(Decode(part));
        }
        catch (JsonException)
        {
            throw Refused("token is malformed");
        }
    }

    private static byte[] Decode(string part)
    {
        try
        {
            return Base64Url.DecodeFromChars(part);
        }
        catch (FormatException)
        {
            throw Refused("token is malformed");
        }
    }
}
