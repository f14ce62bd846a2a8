using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Nbpy.Publishers.Live;

namespace Nbpy.Publishers.Betfair.Live;

/// <summary>The account's orders, live, from the order stream: each as it is placed, matched, cancelled, lapsed or voided.</summary>
public sealed class BetfairOrderSource(BetfairLiveOptions options, TimeProvider time, ILogger logger) : BetfairFeed(options, time, logger)
{
    /// <summary>Counter: see <see cref="BetfairOrderNews.WithoutKnownEnd"/>.</summary>
    public const string WithoutKnownEnd = "orders_without_known_end";

    private readonly BetfairLiveOptions options = options;
    private readonly BetfairOrderNews news = new();
    private BetfairOrderDecoder decoder = new();

    /// <inheritdoc/>
    protected override BetfairLineDecoder Decoder => decoder;

    /// <inheritdoc/>
    protected override JsonObject Subscription()
    {
        var request = new JsonObject { ["op"] = "orderSubscription", ["orderFilter"] = new JsonObject { ["includeOverallPosition"] = true }, ["segmentationEnabled"] = true };
        if (options.HeartbeatMs != BetfairLiveOptions.DefaultHeartbeatMs)
            request["heartbeatMs"] = options.HeartbeatMs;
        return request;
    }

    /// <inheritdoc/>
    protected override async ValueTask OnChangeAsync(BetfairLineKind kind, CancellationToken cancellationToken)
    {
        var (repeated, ends) = (news.Repeated, news.WithoutKnownEnd);
        // Late or not, what happened to an order has happened: nothing is held back.
        foreach (var order in news.Take(decoder))
            await EmitKeepingPhaseAsync(BetfairMessages.ToMessage(order, decoder.TimestampNs), cancellationToken).ConfigureAwait(false);
        Status.Count(FeedCounters.Repeated, news.Repeated - repeated);
        Status.Count(WithoutKnownEnd, news.WithoutKnownEnd - ends);
        if (!ShownUnreliable())
            ShowLive(kind);
    }

    /// <inheritdoc/>
    protected override void Forget() => decoder = new BetfairOrderDecoder();
}
