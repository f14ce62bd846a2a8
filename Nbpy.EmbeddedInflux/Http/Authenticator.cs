using Microsoft.AspNetCore.Http;
using Nbpy.EmbeddedInflux.Meta;

namespace Nbpy.EmbeddedInflux.Http;

/// <summary>Finds out who asks. Statuses and words are InfluxDB 1.8's.</summary>
/// <param name="meta">The users.</param>
/// <param name="enabled">False: nobody is asked who they are.</param>
/// <param name="sharedSecret">Signs bearer tokens; null or empty: they are not taken.</param>
/// <param name="time">For the expiry of tokens.</param>
internal sealed class Authenticator(MetaStore meta, bool enabled, string? sharedSecret, TimeProvider time)
{
    public bool Enabled => enabled;

    /// <summary>The user; null while nobody has to sign in.</summary>
    /// <exception cref="RequestException">401.</exception>
    public User? Authenticate(HttpRequest request)
    {
        // Until there is an administrator nobody could sign in: the authorizer then lets only the making of one through.
        if (!enabled || !meta.HasAdmin)
            return null;
        var credentials = Credentials.Of(request) ?? throw new RequestException(401, "unable to parse authentication credentials");
        if (credentials.BearerToken is { } token)
        {
            if (string.IsNullOrEmpty(sharedSecret))
                throw new RequestException(401, "bearer auth disabled");
            return meta.Find(BearerToken.UserOf(token, sharedSecret, time.GetUtcNow())) ?? throw new RequestException(401, "user not found");
        }

        if (credentials.Name!.Length == 0)
            throw new RequestException(401, "username required");
        return meta.Authenticate(credentials.Name, credentials.Password!) ?? throw new RequestException(401, "authorization failed");
    }
}
