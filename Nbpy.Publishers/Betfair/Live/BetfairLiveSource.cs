using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Nbpy.Publishers.Live;

namespace Nbpy.Publishers.Betfair.Live;

/// <summary>betfair_stream, live: prices of the markets that the filter picks. What Betfair marks unreliable (status 503) is applied and not
/// published until it is reliable again.</summary>
public sealed class BetfairLiveSource : BetfairFeed
{
    private readonly BetfairLiveOptions options;
    private readonly BetfairNews news = new();
    private readonly bool deliversOffers;
    private BetfairStreamDecoder decoder;

    /// <param name="options">What to do.</param>
    /// <param name="time">Paces every wait.</param>
    /// <param name="logger">Told of phases and ends of sessions.</param>
    public BetfairLiveSource(BetfairLiveOptions options, TimeProvider time, ILogger logger)
        : base(options, time, logger)
    {
        this.options = options;
        deliversOffers = options.DeliversOffers;
        decoder = NewDecoder();
    }

    /// <inheritdoc/>
    protected override BetfairLineDecoder Decoder => decoder;

    /// <inheritdoc/>
    protected override JsonObject Subscription() => new()
    {
        ["op"] = "marketSubscription",
        ["segmentationEnabled"] = true,
        ["conflateMs"] = options.ConflateMs,
        ["heartbeatMs"] = options.HeartbeatMs,
        ["marketFilter"] = options.MarketFilter.DeepClone(),
        ["marketDataFilter"] = new JsonObject
        {
            ["ladderLevels"] = options.LadderLevels,
            ["fields"] = new JsonArray([.. options.Fields.Select(f => (JsonNode)f)]),
        },
    };

    /// <inheritdoc/>
    protected override async ValueTask OnChangeAsync(BetfairLineKind kind, CancellationToken cancellationToken)
    {
        var repeated = news.Repeated;
        var changes = news.Take(decoder);
        Status.Count(FeedCounters.Repeated, news.Repeated - repeated);
        if (ShownUnreliable())
            return;
        foreach (var change in changes)
            await EmitAsync(BetfairMessages.ToMessage(change), cancellationToken).ConfigureAwait(false);
        ShowLive(kind);
    }

    /// <inheritdoc/>
    protected override void Forget()
    {
        decoder = NewDecoder();
        news.Forget();
    }

    private BetfairStreamDecoder NewDecoder() => new() { DeliversOffers = deliversOffers };
}
