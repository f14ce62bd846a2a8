using Microsoft.Extensions.Logging;
using Nbpy.Publishers.Live;

namespace Nbpy.Publishers.Oanda.Live;

/// <summary>A stream of OANDA's v20 API, live: opens it, watches its heartbeats, and hands lines to the stream's own
/// class.</summary>
public abstract partial class OandaStreamSource : LiveSource, IDisposable
{
    // A heartbeat comes every 5 s; OANDA's own client gives a stream up after 10 s without a line.
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan TooMany = TimeSpan.FromSeconds(10);

    private readonly ILogger logger;
    private readonly AttemptBudget budget;
    private readonly long made;

    /// <param name="options">What to do.</param>
    /// <param name="time">Paces every wait.</param>
    /// <param name="logger">Told of phases and ends of sessions.</param>
    protected OandaStreamSource(OandaLiveOptions options, TimeProvider time, ILogger logger)
        : base(options.Common, time, logger)
    {
        Options = options;
        this.logger = logger;
        made = time.GetTimestamp();
        Http = new OandaHttp(options, time, logger);
        // OANDA takes two new connections a second from an address; two publishers share it.
        budget = new AttemptBudget(1, options.Common.Scale(TimeSpan.FromSeconds(1)));
    }

    /// <summary>What to do.</summary>
    protected OandaLiveOptions Options { get; }

    /// <summary>The way to OANDA.</summary>
    private protected OandaHttp Http { get; }

    /// <summary>Opens the stream.</summary>
    private protected abstract Task<HttpLineStream> OpenAsync(CancellationToken cancellationToken);

    /// <summary>The stream is open; nothing of it has been read.</summary>
    private protected virtual Task OnOpenAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>A line has come: to be recorded just before it is decoded.</summary>
    private protected abstract ValueTask OnLineAsync(ReadOnlyMemory<byte> line, CancellationToken cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        Http.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    protected override async Task RunSessionAsync(CancellationToken cancellationToken)
    {
        for (var wait = budget.Take(Time.GetElapsedTime(made)); wait > TimeSpan.Zero; wait = budget.Take(Time.GetElapsedTime(made)))
            await Task.Delay(wait, Time, cancellationToken).ConfigureAwait(false);
        try
        {
            using var lines = await OpenAsync(cancellationToken).ConfigureAwait(false);
            Connected();
            Status.Enter(FeedPhase.Subscribed, "the stream is open; no data yet");
            await OnOpenAsync(cancellationToken).ConfigureAwait(false);
            while (await lines.ReadLineAsync(Options.Common.Scale(Silence), cancellationToken).ConfigureAwait(false) is { } line)
            {
                await OnLineAsync(line, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OandaErrorException e)
        {
            throw e.ToLive(Options.Common.Scale(TooMany));
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"no heartbeat from OANDA: {e.Message}", e);
        }
    }

    /// <summary>Counts what a decoder could not use.</summary>
    private protected void CountUnusable(OandaLineKind kind, string? error)
    {
        if (kind == OandaLineKind.Unknown)
            Status.Count(FeedCounters.Unknown);
        if (kind != OandaLineKind.Malformed)
            return;
        Status.Count(FeedCounters.Undecodable);
        LogUndecodable(logger, Options.Common.Name, Redaction.Clean(error, Options.Token, Options.Account));
    }

    [LoggerMessage(130, LogLevel.Warning, "{Name}: a line cannot be decoded: {Error}")]
    private static partial void LogUndecodable(ILogger logger, string name, string error);
}
