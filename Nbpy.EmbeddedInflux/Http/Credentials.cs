using System.Text;
using Microsoft.AspNetCore.Http;

namespace Nbpy.EmbeddedInflux.Http;

/// <summary>What a request brings to prove who asks: <c>u</c> and <c>p</c>, or an Authorization header of the kinds Basic,
/// <c>Token name:password</c> and Bearer.</summary>
internal sealed record Credentials(string? Name, string? Password, string? BearerToken)
{
    /// <summary>Null when there are none that can be read.</summary>
    public static Credentials? Of(HttpRequest request)
    {
        var (name, password) = (request.Query["u"].ToString(), request.Query["p"].ToString());
        if (name.Length > 0 && password.Length > 0)
            return new Credentials(name, password, null);
        var parts = request.Headers.Authorization.ToString().Split(' ', 2, StringSplitOptions.TrimEntries);
        if (parts.Length < 2)
            return null;
        return parts[0] switch
        {
            "Bearer" => new Credentials(null, null, parts[1]),
            "Token" => Pair(parts[1]),
            _ when parts[0].Equals("Basic", StringComparison.OrdinalIgnoreCase) => Basic(parts[1]),
            _ => null,
        };
    }

    /// <summary>Without the password.</summary>
    public override string ToString() => $"credentials of {Name ?? "a bearer"}";

    private static Credentials? Basic(string base64)
    {
        var bytes = new byte[base64.Length];
        return Convert.TryFromBase64String(base64, bytes, out var n) ? Pair(Encoding.UTF8.GetString(bytes, 0, n)) : null;
    }

    private static Credentials? Pair(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? null : new Credentials(text[..colon], text[(colon + 1)..], null);
    }
}
