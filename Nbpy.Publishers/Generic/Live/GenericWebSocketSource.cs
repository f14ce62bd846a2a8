using System.Text;
using Microsoft.Extensions.Logging;
using Nbpy.Messaging;
using Nbpy.Publishers.Live;
using Nbpy.ServiceDefaults;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Generic.Live;

/// <summary>Any WebSocket that speaks JSON, live: connects, sends what the configuration says, and maps what comes. Messages that do not
/// fit are counted and passed over.</summary>
public sealed partial class GenericWebSocketSource : LiveSource
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Crowded = TimeSpan.FromSeconds(60);

    private readonly LiveOptions options;
    private readonly WebSocketFeedConfig feed;
    private readonly GenericDecoder decoder;
    private readonly ILogger logger;
    private string? lastProblem;

    /// <param name="config">A publisher with a <see cref="PublisherConfig.WebSocketFeed"/>.</param>
    /// <param name="time">Paces every wait.</param>
    /// <param name="logger">Told of phases, ends of sessions and what does not fit.</param>
    /// <exception cref="ServiceStartException">An option means nothing.</exception>
    public GenericWebSocketSource(PublisherConfig config, TimeProvider time, ILogger logger)
        : this(new LiveOptions(config, ""), config, time, logger)
    {
    }

    private GenericWebSocketSource(LiveOptions options, PublisherConfig config, TimeProvider time, ILogger logger)
        : base(options, time, logger)
    {
        this.options = options;
        this.logger = logger;
        feed = config.WebSocketFeed ?? throw new ServiceStartException($"{config.Name} has no mapping; load it from a configuration file.");
        decoder = new GenericDecoder(feed);
    }

    /// <inheritdoc/>
    protected override async Task RunSessionAsync(CancellationToken cancellationToken)
    {
        using var socket = await OpenAsync(cancellationToken).ConfigureAwait(false);
        Connected();
        Task<ReadOnlyMemory<byte>?>? receive = null;
        try
        {
            foreach (var text in feed.Subscribe)
                await socket.SendAsync(Encoding.UTF8.GetBytes(text), cancellationToken).ConfigureAwait(false);
            Status.Enter(FeedPhase.Subscribed, "subscribed; no data yet");
            var pinged = Time.GetTimestamp();
            while (true)
            {
                receive ??= socket.ReceiveAsync(cancellationToken);
                if (await ArrivedAsync(socket, receive, pinged, cancellationToken).ConfigureAwait(false))
                {
                    var message = await receive.ConfigureAwait(false) ?? throw new LiveException(socket.CloseReason);
                    receive = null;
                    await OnMessageAsync(message, cancellationToken).ConfigureAwait(false);
                }

                if (feed.Ping is not null && Time.GetElapsedTime(pinged) >= PingEvery)
                {
                    pinged = Time.GetTimestamp();
                    await socket.SendAsync(Encoding.UTF8.GetBytes(feed.Ping), cancellationToken).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            if (cancellationToken.IsCancellationRequested)
                await socket.CloseAsync(TimeSpan.FromSeconds(1)).ConfigureAwait(false);
            socket.Dispose();
            if (receive is not null)
                await ((Task)receive).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private TimeSpan PingEvery => options.Scale(feed.PingEvery);

    private async Task<LiveWebSocket> OpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await LiveWebSocket.ConnectAsync(
                options.Url, options.TrustedCertificates(), options.Scale(ConnectTimeout), Time, cancellationToken).ConfigureAwait(false);
        }
        catch (WebSocketUpgradeException e) when (e.Status is 400 or 401 or 403 or 404)
        {
            throw new LiveRefusedException($"{e.Message}; check options.url", e) { RetryAfter = e.RetryAfter };
        }
        catch (WebSocketUpgradeException e)
        {
            throw new LiveException(e.Message, e) { RetryAfter = e.RetryAfter ?? (e.Status == 429 ? options.Scale(Crowded) : null) };
        }
    }

    // True when a message is there; false when it is time for a ping.
    private async ValueTask<bool> ArrivedAsync(LiveWebSocket socket, Task<ReadOnlyMemory<byte>?> receive, long pinged, CancellationToken cancellationToken)
    {
        if (receive.IsCompleted)
            return true;
        var (silence, most) = (socket.Silence, options.Scale(feed.StaleAfter));
        if (silence >= most)
            throw new TimeoutException($"nothing came for {silence.TotalSeconds:0.#} s (options.stale_seconds)");
        var wait = most - silence;
        if (feed.Ping is not null && PingEvery - Time.GetElapsedTime(pinged) is var due && due < wait)
            wait = due;
        if (wait < TimeSpan.FromMilliseconds(1))
            wait = TimeSpan.FromMilliseconds(1);
        try
        {
            await receive.WaitAsync(wait, Time, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            // It may have come just then.
            return receive.IsCompleted;
        }
    }

    private async ValueTask OnMessageAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        var receivedNs = UnixTime.NowNs(Time);
        Record(message.Span, receivedNs);
        switch (decoder.Decode(message, receivedNs))
        {
            case GenericKind.Unknown:
                Status.Count(FeedCounters.Unknown);
                return;
            case GenericKind.Malformed:
                CountUnusable(1);
                return;
            case GenericKind.Data:
                CountUnusable(decoder.Mismatches);
                foreach (var mapped in decoder.Messages)
                {
                    if (feed.KeepNewest)
                        EmitNewest(KeyOf(mapped), mapped);
                    else
                        await EmitAsync(mapped, cancellationToken).ConfigureAwait(false);
                }

                return;
        }
    }

    private string KeyOf(MarketMessage message) => string.Join('\0', message.Fields.Take(feed.Tags.Count).Select(f => f.Value.Text));

    // Logged when it is another problem than the last: a venue that changes its format would fill the log.
    private void CountUnusable(int count)
    {
        if (count == 0)
            return;
        Status.Count(FeedCounters.Undecodable, count);
        if (decoder.LastError == lastProblem)
            return;
        lastProblem = decoder.LastError;
        LogUnusable(logger, options.Name, Redaction.Clean(lastProblem));
    }

    [LoggerMessage(160, LogLevel.Warning, "{Name}: a message does not fit: {Problem} (others of the same kind are counted, not logged)")]
    private static partial void LogUnusable(ILogger logger, string name, string problem);
}
