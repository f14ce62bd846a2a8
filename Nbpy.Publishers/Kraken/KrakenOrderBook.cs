namespace Nbpy.Publishers.Kraken;

/// <summary>What a book message did.</summary>
public enum KrakenBookOutcome
{
    /// <summary>The book was replaced and its checksum is right.</summary>
    Snapshot,

    /// <summary>The book was changed and its checksum is right.</summary>
    Update,

    /// <summary>The checksum is wrong: the book is dropped, and the caller has to unsubscribe and subscribe once.</summary>
    ChecksumMismatch,

    /// <summary>An update while there is no valid book (before the first snapshot or after a mismatch): ignored.</summary>
    AwaitingSnapshot,
}

/// <summary>The order book of one symbol, kept by the rules of Kraken's WebSocket v2 <c>book</c> channel: apply in
/// order, cut to the subscribed depth, verify the checksum; after a mismatch nothing counts until the next snapshot.</summary>
public sealed class KrakenOrderBook
{
    private readonly KrakenBookSide asks = new(descending: false);
    private readonly KrakenBookSide bids = new(descending: true);
    private KrakenDepthLevel[] reported = new KrakenDepthLevel[KrakenChecksum.Levels];

    /// <param name="symbol">The pair, for example <c>BTC/USD</c>.</param>
    /// <param name="depth">Subscribed depth: levels kept of each side.</param>
    public KrakenOrderBook(string symbol, int depth)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(depth, 1);
        Symbol = symbol;
        Depth = depth;
    }

    public string Symbol { get; }

    /// <summary>Levels kept of each side.</summary>
    public int Depth { get; internal set; }

    /// <summary>True from a snapshot with the right checksum until the first wrong one.</summary>
    public bool IsValid { get; private set; }

    /// <summary>Checksum of the book after the last message that was applied.</summary>
    public uint Checksum { get; private set; }

    /// <summary>Decimals that prices are padded to for the checksum; -1 (the default) takes the digits as sent.</summary>
    public int PricePrecision { get; set; } = -1;

    /// <summary>Decimals that quantities are padded to for the checksum; -1 (the default) takes the digits as sent.</summary>
    public int QuantityPrecision { get; set; } = -1;

    /// <summary>Asks, lowest first. Valid until the next message.</summary>
    public ReadOnlySpan<KrakenLevel> Asks => asks.Levels;

    /// <summary>Bids, highest first. Valid until the next message.</summary>
    public ReadOnlySpan<KrakenLevel> Bids => bids.Levels;

    /// <summary>Applies a message.</summary>
    /// <param name="snapshot">True replaces the whole book.</param>
    /// <param name="bidLevels">Levels in the message's order.</param>
    /// <param name="askLevels">Levels in the message's order.</param>
    /// <param name="checksum">The checksum the venue sent.</param>
    public KrakenBookOutcome Apply(
        bool snapshot, ReadOnlySpan<KrakenLevel> bidLevels, ReadOnlySpan<KrakenLevel> askLevels, uint checksum)
    {
        if (snapshot)
        {
            // What was reported stays reported: a snapshot that repeats a valid book changes nothing.
            bids.Clear();
            asks.Clear();
        }
        else if (!IsValid)
            return KrakenBookOutcome.AwaitingSnapshot;

        foreach (ref readonly var level in bidLevels)
            bids.Apply(level);
        foreach (ref readonly var level in askLevels)
            asks.Apply(level);
        // The venue sends no removal for a level that falls out of the window.
        bids.Truncate(Depth);
        asks.Truncate(Depth);

        Checksum = KrakenChecksum.Compute(Asks, Bids, PricePrecision, QuantityPrecision);
        IsValid = Checksum == checksum;
        if (IsValid)
            return snapshot ? KrakenBookOutcome.Snapshot : KrakenBookOutcome.Update;
        Clear();
        return KrakenBookOutcome.ChecksumMismatch;
    }

    /// <summary>Adds the levels that differ from what this method reported last, or since the last snapshot. Nothing while the
    /// book is not valid.</summary>
    /// <param name="into">Gets them, best first.</param>
    /// <param name="most">How many of the best levels are looked at; the same at every call.</param>
    public int CollectChanges(List<KrakenDepthLevel> into, int most = KrakenChecksum.Levels)
    {
        if (!IsValid)
            return 0;
        if (reported.Length != most)
            Array.Resize(ref reported, most);
        var before = into.Count;
        for (var i = 0; i < reported.Length; i++)
        {
            var level = new KrakenDepthLevel(
                i + 1,
                i < Bids.Length ? Bids[i].Price : null, i < Bids.Length ? Bids[i].Quantity : 0,
                i < Asks.Length ? Asks[i].Price : null, i < Asks.Length ? Asks[i].Quantity : 0);
            var nothingThere = level.BidPrice is null && level.AskPrice is null;
            if (level == reported[i] || (nothingThere && reported[i].Level == 0))
                continue;
            reported[i] = level;
            into.Add(level);
        }
        return into.Count - before;
    }

    /// <summary>Drops the book (the connection is new, or updates were lost): nothing counts until the next snapshot, which
    /// then reports every level.</summary>
    public void Invalidate() => Clear();

    private void Clear()
    {
        IsValid = false;
        bids.Clear();
        asks.Clear();
        Array.Clear(reported);
    }
}
