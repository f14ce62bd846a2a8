using Microsoft.Extensions.Logging;
using Nbpy.Publishers.Live;

namespace Nbpy.Publishers.Betfair.Live;

/// <summary>The session with Betfair's identity service, beside the connections that use it: opened where it has to be, kept alive as long as
/// the feed runs (a session ends after 12 hours, on the Italian exchange after 20 minutes, and a connection then would be the last).</summary>
internal sealed partial class BetfairSession(BetfairLiveOptions options, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Sooner = TimeSpan.FromMinutes(1);

    private readonly BetfairLogin login = new(options, time);
    private volatile string? token = options.SessionToken;

    /// <summary>Null where there is none, or none any more. Never log it.</summary>
    public string? Token => token;

    /// <summary>The session's token; signs in where there is none.</summary>
    /// <exception cref="LiveException">Betfair says no, or nothing.</exception>
    public async Task<string> OpenAsync(CancellationToken cancellationToken)
    {
        // Kept alive beside this, so it may end at any time.
        if (token is { } open)
            return open;
        var opened = await login.SignInAsync(cancellationToken).ConfigureAwait(false);
        options.Common.Secrets.Add(opened);
        return token = opened;
    }

    /// <summary>The session has ended: the next connection signs in anew.</summary>
    public void End() => token = null;

    /// <summary>Prolongs the session again and again until cancelled.</summary>
    public async Task KeepAliveAsync(CancellationToken cancellationToken)
    {
        try
        {
            var wait = options.KeepAlive;
            while (true)
            {
                await Task.Delay(options.Common.Scale(wait), time, cancellationToken).ConfigureAwait(false);
                wait = await KeepAliveOnceAsync(cancellationToken).ConfigureAwait(false) ? options.KeepAlive : Sooner;
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The wanted end.
        }
    }

    private async Task<bool> KeepAliveOnceAsync(CancellationToken cancellationToken)
    {
        if (token is not { } kept)
            return true;
        string? reason;
        try
        {
            reason = await login.KeepAliveAsync(kept, cancellationToken).ConfigureAwait(false);
        }
        catch (LiveException e)
        {
            LogNotKept(logger, options.Common.Name, e.Message);
            return false;
        }

        if (reason is null)
            return true;
        LogNotKept(logger, options.Common.Name, Redaction.Clean(reason, options.AppKey, kept));
        // The connection that there is goes on; the next one would be refused.
        if (reason is "NO_SESSION" or "INVALID_SESSION_INFORMATION" && options.CanSignIn && token == kept)
            End();
        return true;
    }

    [LoggerMessage(143, LogLevel.Warning, "{Name}: Betfair did not prolong the session: {Reason}")]
    private static partial void LogNotKept(ILogger logger, string name, string reason);
}
