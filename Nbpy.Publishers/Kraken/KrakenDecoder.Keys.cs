using System.Text.Json;

namespace Nbpy.Publishers.Kraken;

// Names of the members of an entry of data. Told apart by length first: comparing each with every known name in turn is a
// third of a ticker's cost.
public sealed partial class KrakenDecoder
{
    internal enum EntryKey
    {
        Other,
        Symbol,
        Bid,
        Ask,
        Last,
        Volume,
        Vwap,
        Timestamp,
        Bids,
        Asks,
        Price,
        Quantity,
        Checksum,
        Side,
        OrderType,
        TradeId,
    }

    // A name written with escapes is no name that Kraken sends.
    private static EntryKey Key(ref Utf8JsonReader reader) => reader.ValueIsEscaped ? EntryKey.Other : Key(reader.ValueSpan);

    /// <summary>Which member of an entry a name is.</summary>
    internal static EntryKey Key(ReadOnlySpan<byte> name)
    {
        switch (name.Length)
        {
            case 3:
                return name.SequenceEqual("bid"u8) ? EntryKey.Bid : name.SequenceEqual("ask"u8) ? EntryKey.Ask
                    : name.SequenceEqual("qty"u8) ? EntryKey.Quantity : EntryKey.Other;
            case 4:
                return name.SequenceEqual("last"u8) ? EntryKey.Last : name.SequenceEqual("vwap"u8) ? EntryKey.Vwap
                    : name.SequenceEqual("bids"u8) ? EntryKey.Bids : name.SequenceEqual("asks"u8) ? EntryKey.Asks
                    : name.SequenceEqual("side"u8) ? EntryKey.Side : EntryKey.Other;
            case 5:
                return name.SequenceEqual("price"u8) ? EntryKey.Price : EntryKey.Other;
            case 6:
                return name.SequenceEqual("symbol"u8) ? EntryKey.Symbol : name.SequenceEqual("volume"u8) ? EntryKey.Volume : EntryKey.Other;
            case 8:
                return name.SequenceEqual("checksum"u8) ? EntryKey.Checksum : name.SequenceEqual("ord_type"u8) ? EntryKey.OrderType
                    : name.SequenceEqual("trade_id"u8) ? EntryKey.TradeId : EntryKey.Other;
            case 9:
                return name.SequenceEqual("timestamp"u8) ? EntryKey.Timestamp : EntryKey.Other;
            default:
                return EntryKey.Other;
        }
    }
}
