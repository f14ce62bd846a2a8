using System.Security.Cryptography;

namespace Nbpy.Viewer.Api;

/// <summary>Who signed in at <c>/login</c>: at most <see cref="Most"/> at once, the oldest goes first; forgotten when the viewer ends.</summary>
internal sealed class Sessions(TimeProvider time)
{
    /// <summary>Grafana's name of the cookie.</summary>
    public const string Cookie = "grafana_session";

    /// <summary>Most sessions.</summary>
    public const int Most = 256;

    /// <summary>How long one lasts.</summary>
    public static readonly TimeSpan Length = TimeSpan.FromHours(12);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, DateTimeOffset> _open = [];

    /// <summary>A new session's secret.</summary>
    public string Open()
    {
        var secret = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
        lock (_lock)
        {
            if (_open.Count >= Most)
                _open.Remove(_open.MinBy(s => s.Value).Key);
            _open[secret] = time.GetUtcNow() + Length;
        }
        return secret;
    }

    /// <summary>True for the secret of a session that lasts.</summary>
    public bool IsOpen(string? secret)
    {
        if (secret is null)
            return false;
        lock (_lock)
            return _open.TryGetValue(secret, out var end) && end > time.GetUtcNow();
    }
}
