namespace Nbpy.Publishers.Oanda;

/// <summary>A <c>PRICE</c> of the pricing stream: the best bucket of each side.</summary>
/// <param name="Instrument">For example <c>EUR_USD</c>.</param>
/// <param name="Bid">Null when OANDA sent no bid bucket; the close-out price never stands in for it.</param>
/// <param name="Ask">Null when OANDA sent no ask bucket.</param>
/// <param name="BidLiquidity">Units to be had at the bid.</param>
/// <param name="AskLiquidity">Units to be had at the ask.</param>
/// <param name="Tradeable">False while the instrument is halted or its market is closed.</param>
/// <param name="TimestampNs">OANDA's time, which may be older than the last heartbeat's.</param>
public readonly record struct OandaPrice(
    string Instrument, decimal? Bid, decimal? Ask, decimal? BidLiquidity, decimal? AskLiquidity, bool Tradeable, long TimestampNs)
{
    /// <summary>Ask less bid, where there are both.</summary>
    public decimal? Spread => Ask - Bid;
}

/// <summary>A transaction of the transaction stream.</summary>
/// <param name="TransactionId">Grows over the account's life; the mark for back-fills.</param>
/// <param name="OrderId">The order it is about: <c>orderID</c>, or its own id where it creates the order; null for
/// transactions that are about no order.</param>
/// <param name="Type">OANDA's, for example <c>ORDER_FILL</c>.</param>
/// <param name="Status"><c>pending</c>, <c>filled</c>, <c>cancelled</c>, <c>rejected</c>; null for what changes no order's state.</param>
/// <param name="OrderType">The order's type in lower case (<c>market</c>, <c>limit</c>, <c>stop_loss</c>, …), from the
/// order's own transaction; null when that was never seen.</param>
/// <param name="Instrument">Completed from the order's own transaction.</param>
/// <param name="Units">Negative sells. Completed from the order's own transaction.</param>
/// <param name="Price">Completed from the order's own transaction; market orders have none until they are filled.</param>
/// <param name="ProfitLoss">Realised by a fill, in the account's currency.</param>
/// <param name="TimestampNs">OANDA's time.</param>
public sealed record OandaTransaction(
    string TransactionId, string? OrderId, string Type, string? Status, string? OrderType, string? Instrument,
    decimal? Units, decimal? Price, decimal? ProfitLoss, long TimestampNs)
{
    /// <summary><c>buy</c> or <c>sell</c> by the sign of the units.</summary>
    public string? Side => Units switch { > 0 => "buy", < 0 => "sell", _ => null };
}

/// <summary>What a line was.</summary>
public enum OandaLineKind
{
    Price,
    Transaction,
    Heartbeat,

    /// <summary>A blank line between objects.</summary>
    Blank,

    /// <summary>A transaction that was seen before (on the stream and in a back-fill).</summary>
    Duplicate,

    /// <summary>Of a type this decoder does not know: counted, not fatal.</summary>
    Unknown,

    /// <summary>Not JSON, or not of the documented shape: counted, with the reason in <c>LastError</c>.</summary>
    Malformed,
}

/// <summary>Counts since the decoder was made.</summary>
public sealed class OandaCounters
{
    public long Lines { get; internal set; }
    public long Heartbeats { get; internal set; }
    public long Unknown { get; internal set; }
    public long Malformed { get; internal set; }
    public long Duplicates { get; internal set; }

    /// <summary>Prices of instruments that cannot be traded just now.</summary>
    public long Halted { get; internal set; }
}
