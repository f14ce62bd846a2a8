namespace Nbpy.Publishers.Live;

/// <summary>Where a live feed stands: what its health shows.</summary>
public enum FeedPhase
{
    /// <summary>Opening a connection, or waiting to try again.</summary>
    Connecting,

    /// <summary>Connected; asking for a token, a session or an account.</summary>
    Authenticating,

    /// <summary>The venue took the subscription; no data yet.</summary>
    Subscribed,

    /// <summary>Data flow.</summary>
    Live,

    /// <summary>Connected but silent beyond the venue's own heartbeat rule.</summary>
    Stale,

    /// <summary>The venue said no in a way that trying again at once will not change (credentials, limits, unknown symbol).</summary>
    Refused,
}
