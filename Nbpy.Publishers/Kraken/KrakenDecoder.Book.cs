using System.Runtime.InteropServices;
using System.Text.Json;

namespace Nbpy.Publishers.Kraken;

// The channel book. Messages are staged and applied only when the whole frame has proved good: half of an update would
// spoil the book.
public sealed partial class KrakenDecoder
{
    private readonly List<KrakenLevel> stagedLevels = [];
    private readonly List<StagedBook> stagedBooks = [];

    private readonly record struct StagedBook(string Symbol, Range Bids, Range Asks, uint Checksum, long? TimestampNs);

    // {"symbol":"MATIC/USD","bids":[{"price":0.5657,"qty":1098.39475580}],"asks":[],"checksum":2114181697,"timestamp":"…"}
    private void StageBooks(ref Utf8JsonReader reader)
    {
        stagedLevels.Clear();
        stagedBooks.Clear();
        RequireArray(ref reader);
        while (NextObject(ref reader))
        {
            string? symbol = null;
            uint? checksum = null;
            long? timestamp = null;
            Range bids = 0..0, asks = 0..0;
            while (NextProperty(ref reader))
            {
                switch (Key(ref reader))
                {
                    case EntryKey.Symbol: symbol = Name(ref reader); break;
                    case EntryKey.Bids: bids = ReadLevels(ref reader); break;
                    case EntryKey.Asks: asks = ReadLevels(ref reader); break;
                    case EntryKey.Timestamp: timestamp = Time(ref reader); break;
                    case EntryKey.Checksum: checksum = Checksum(ref reader); break;
                    default: reader.Skip(); break;
                }
            }
            stagedBooks.Add(new StagedBook(
                Required(symbol, "symbol"), bids, asks, Required(checksum, "checksum"), timestamp));
        }
    }

    private void ApplyBooks(bool snapshot)
    {
        foreach (var staged in stagedBooks)
            Apply(staged, snapshot);
    }

    private Range ReadLevels(ref Utf8JsonReader reader)
    {
        var start = stagedLevels.Count;
        reader.Read();
        // A side that is null says no more than an empty one; the checksum tells whether that is right.
        if (reader.TokenType == JsonTokenType.Null)
            return start..start;
        RequireArray(ref reader);
        while (NextObject(ref reader))
        {
            decimal? price = null, quantity = null;
            while (NextProperty(ref reader))
            {
                switch (Key(ref reader))
                {
                    case EntryKey.Price: price = Number(ref reader); break;
                    case EntryKey.Quantity: quantity = Number(ref reader); break;
                    default: reader.Skip(); break;
                }
            }
            stagedLevels.Add(new KrakenLevel(Required(price, "price"), Required(quantity, "qty")));
        }
        return start..stagedLevels.Count;
    }

    private static uint? Checksum(ref Utf8JsonReader reader) => Integer(ref reader) switch
    {
        null => null,
        { } number and >= uint.MinValue and <= uint.MaxValue => (uint)number,
        _ => throw new FormatException("A checksum does not fit 32 bits."),
    };

    private void Apply(in StagedBook staged, bool snapshot)
    {
        var all = CollectionsMarshal.AsSpan(stagedLevels);
        var bids = all[staged.Bids];
        var asks = all[staged.Asks];
        if (!bookBySymbol.TryGetValue(staged.Symbol, out var book))
        {
            book = new KrakenOrderBook(staged.Symbol, depth ?? Depths[0]);
            if (precisions.TryGetValue(staged.Symbol, out var precision))
                (book.PricePrecision, book.QuantityPrecision) = precision;
            bookBySymbol[staged.Symbol] = book;
        }
        if (snapshot && depth is null)
            book.Depth = acknowledgedDepth.TryGetValue(staged.Symbol, out var acknowledged)
                ? acknowledged
                : DepthOf(Math.Max(bids.Length, asks.Length));

        var outcome = book.Apply(snapshot, bids, asks, staged.Checksum);
        if (outcome == KrakenBookOutcome.ChecksumMismatch)
            Counters.ChecksumFailures++;
        else if (outcome == KrakenBookOutcome.AwaitingSnapshot)
            Counters.IgnoredBookUpdates++;
        var first = levels.Count;
        var changed = book.CollectChanges(levels, PublishedLevels ?? book.Depth);
        books.Add(new KrakenBookUpdate(
            staged.Symbol, outcome, staged.TimestampNs, staged.Checksum, book.Checksum, first, changed));
    }

    private static int DepthOf(int snapshotLevels)
    {
        foreach (var offered in Depths)
        {
            if (snapshotLevels <= offered)
                return offered;
        }
        return snapshotLevels;
    }
}
