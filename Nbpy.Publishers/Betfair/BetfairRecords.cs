namespace Nbpy.Publishers.Betfair;

/// <summary>The best prices of a selection after a change.</summary>
/// <param name="EventId">Null until a market definition named it.</param>
/// <param name="MarketId">For example <c>1.197931750</c>.</param>
/// <param name="SelectionId">The runner's id.</param>
/// <param name="Handicap">0 but for handicap markets.</param>
/// <param name="Back">Best price to back; null when none is offered.</param>
/// <param name="Lay">Best price to lay; null when none is offered.</param>
/// <param name="HasBackLadder">False when the subscription delivers no ladder: then nothing is known, rather than offered.</param>
/// <param name="HasLayLadder">The same for the lay side.</param>
/// <param name="LastTradedPrice">Null until the feed sent one.</param>
/// <param name="MatchedAmount">Matched on the runner; null until the feed sent it.</param>
/// <param name="TimestampNs">The publish time of the message.</param>
public readonly record struct BetfairSelectionChange(
    string? EventId, string MarketId, long SelectionId, decimal Handicap, BetfairPriceSize? Back, BetfairPriceSize? Lay,
    bool HasBackLadder, bool HasLayLadder, decimal? LastTradedPrice, decimal? MatchedAmount, long TimestampNs);

/// <summary>A <c>status</c> message: the answer to a request, or the reason of a close.</summary>
/// <param name="Id">The request's id; null where it is about none.</param>
/// <param name="Success">False has an error code.</param>
/// <param name="ErrorCode">For example <c>INVALID_CLOCK</c>, trimmed.</param>
/// <param name="ErrorMessage">Betfair's words.</param>
/// <param name="ConnectionClosed">What to trust, rather than the code.</param>
/// <param name="ConnectionsAvailable">Only in the answer to an authentication.</param>
public sealed record BetfairStatus(
    long? Id, bool Success, string? ErrorCode, string? ErrorMessage, bool ConnectionClosed, int? ConnectionsAvailable);

/// <summary>What a line was.</summary>
public enum BetfairLineKind
{
    /// <summary>A market change that was applied.</summary>
    MarketChange,

    /// <summary>A market change of an earlier subscription: dropped.</summary>
    StaleSubscription,
    Heartbeat,
    Connection,
    Status,

    /// <summary>An order stream message; the cache leaves it alone.</summary>
    OrderChange,
    Blank,

    /// <summary>An <c>op</c> this decoder does not know: counted, not fatal.</summary>
    Unknown,

    /// <summary>Not JSON, or not of the documented shape: counted, with the reason in <c>LastError</c>.</summary>
    Malformed,
}

/// <summary>Counts since the decoder was made.</summary>
public sealed class BetfairCounters
{
    public long Lines { get; internal set; }
    public long Heartbeats { get; internal set; }
    public long Unknown { get; internal set; }
    public long Malformed { get; internal set; }
    public long StaleSubscription { get; internal set; }

    /// <summary>Changes of markets that are not in the cache and bring neither an image nor a definition.</summary>
    public long UnknownMarkets { get; internal set; }
}
