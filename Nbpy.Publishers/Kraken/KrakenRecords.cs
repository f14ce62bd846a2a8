namespace Nbpy.Publishers.Kraken;

/// <summary>An entry of the <c>ticker</c> channel. Null: the venue did not send it.</summary>
/// <param name="Symbol">The pair in v2 spelling, <c>BTC/USD</c>.</param>
/// <param name="Bid">Best bid.</param>
/// <param name="Ask">Best ask.</param>
/// <param name="Last">Price of the last trade.</param>
/// <param name="Volume">Of the last 24 hours, in base currency.</param>
/// <param name="Vwap">Volume-weighted average price of the last 24 hours.</param>
/// <param name="TimestampNs">The venue's time; older servers send none.</param>
public readonly record struct KrakenTicker(
    string Symbol, decimal? Bid, decimal? Ask, decimal? Last, decimal? Volume, decimal? Vwap, long? TimestampNs);

/// <summary>An entry of the <c>trade</c> channel that was not seen before; those of one frame come by their ids.</summary>
/// <param name="Symbol">The pair.</param>
/// <param name="TradeId">A sequence per book.</param>
/// <param name="Side">The taker's: <c>buy</c> or <c>sell</c>.</param>
/// <param name="OrderType"><c>limit</c> or <c>market</c>.</param>
/// <param name="Price">In quote currency.</param>
/// <param name="Quantity">In base currency.</param>
/// <param name="TimestampNs">The venue's time.</param>
/// <param name="History">From the snapshot: happened before the subscription, not to be published as new.</param>
public readonly record struct KrakenTrade(
    string Symbol, long TradeId, string? Side, string? OrderType, decimal Price, decimal Quantity, long? TimestampNs, bool History);

/// <summary>What a <c>book</c> message did, and which levels it changed.</summary>
/// <param name="Symbol">The pair.</param>
/// <param name="Outcome">Only <see cref="KrakenBookOutcome.Snapshot"/> and <see cref="KrakenBookOutcome.Update"/> have levels.</param>
/// <param name="TimestampNs">The venue's time; older snapshots carry none.</param>
/// <param name="ExpectedChecksum">As sent.</param>
/// <param name="ActualChecksum">As computed.</param>
/// <param name="FirstLevel">Index of the first changed level in <see cref="KrakenDecoder.Levels"/>.</param>
/// <param name="LevelCount">How many changed levels follow.</param>
public readonly record struct KrakenBookUpdate(
    string Symbol, KrakenBookOutcome Outcome, long? TimestampNs, uint ExpectedChecksum, uint ActualChecksum,
    int FirstLevel, int LevelCount);

/// <summary>An event of the private <c>executions</c> channel, completed from the order table where the event itself
/// was partial.</summary>
/// <param name="OrderId">Kraken's order id.</param>
/// <param name="ExecutionId">Set on fills.</param>
/// <param name="Symbol">Null when the order was never seen whole.</param>
/// <param name="Side"><c>buy</c> or <c>sell</c>.</param>
/// <param name="OrderType"><c>limit</c>, <c>market</c>, ….</param>
/// <param name="Status"><c>pending_new</c>, <c>new</c>, <c>partially_filled</c>, <c>filled</c>, <c>canceled</c>, <c>expired</c>.</param>
/// <param name="ExecutionType"><c>trade</c>, <c>new</c>, <c>filled</c>, ….</param>
/// <param name="Price">Of the fill, else the order's limit, else its average.</param>
/// <param name="Amount">Of the fill, else the order's.</param>
/// <param name="FilledAmount">Of the order so far.</param>
/// <param name="Fee">Of this event: its <c>fees</c> where they are in one asset, else <c>fee_usd_equiv</c>.</param>
/// <param name="TimestampNs">The venue's time.</param>
/// <param name="FromSnapshot">State at the subscription rather than news.</param>
public sealed record KrakenOrderEvent(
    string OrderId, string? ExecutionId, string? Symbol, string? Side, string? OrderType, string? Status, string? ExecutionType,
    decimal? Price, decimal? Amount, decimal? FilledAmount, decimal? Fee, long? TimestampNs, bool FromSnapshot)
{
    /// <summary>False for what a snapshot repeats (an order whose state was known) and for its history (fills of before the first
    /// snapshot): nothing to publish.</summary>
    public bool IsNews { get; init; } = true;
}

/// <summary>An answer to a request (<c>subscribe</c>, <c>unsubscribe</c>, <c>ping</c>), or a bare error frame.</summary>
/// <param name="Method">Null on a bare error frame. A <c>pong</c> counts as a success.</param>
/// <param name="Success">False has <see cref="Error"/>.</param>
/// <param name="Error">The venue's words.</param>
/// <param name="Symbol">The symbol concerned, where one is named.</param>
/// <param name="Channel">From the result.</param>
/// <param name="Depth">From the result of a <c>book</c> subscription.</param>
/// <param name="RequestId">Echo of <c>req_id</c>.</param>
public sealed record KrakenReply(
    string? Method, bool Success, string? Error, string? Symbol, string? Channel, int? Depth, long? RequestId)
{
    /// <summary>The venue's clock when it sent the answer (<c>time_out</c>), ns since the Unix epoch.</summary>
    public long? TimeOutNs { get; init; }
}

/// <summary>What a frame was.</summary>
public enum KrakenFrameKind
{
    Ticker,
    Book,
    Trade,
    Executions,
    Instrument,
    Heartbeat,
    Status,
    Reply,

    /// <summary>A channel this decoder does not know: counted, not fatal.</summary>
    Unknown,

    /// <summary>Not JSON, or not of the documented shape: counted, <see cref="KrakenDecoder.LastError"/> has the reason.</summary>
    Malformed,
}

/// <summary>Counts since the decoder was made.</summary>
public sealed class KrakenCounters
{
    public long Frames { get; internal set; }
    public long Heartbeats { get; internal set; }
    public long Statuses { get; internal set; }
    public long Unknown { get; internal set; }
    public long Malformed { get; internal set; }
    public long ChecksumFailures { get; internal set; }

    /// <summary>Book updates without a valid book.</summary>
    public long IgnoredBookUpdates { get; internal set; }
    public long DuplicateTrades { get; internal set; }
    public long DuplicateExecutions { get; internal set; }

    /// <summary>Jumps in <c>sequence</c> of the executions channel: events were lost.</summary>
    public long SequenceGaps { get; internal set; }
}
