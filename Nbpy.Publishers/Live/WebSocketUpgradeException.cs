namespace Nbpy.Publishers.Live;

/// <summary>A server answered the WebSocket upgrade with another HTTP status than 101.</summary>
/// <param name="host">Who.</param>
/// <param name="status">The HTTP status.</param>
/// <param name="retryAfter">The server's Retry-After; null when it gave none.</param>
/// <param name="inner">The framework's own error.</param>
public sealed class WebSocketUpgradeException(string host, int status, TimeSpan? retryAfter, Exception inner)
    : Exception($"{host} answered the WebSocket upgrade with HTTP {status}", inner)
{
    /// <summary>The HTTP status.</summary>
    public int Status => status;

    /// <summary>The server's Retry-After.</summary>
    public TimeSpan? RetryAfter => retryAfter;
}
