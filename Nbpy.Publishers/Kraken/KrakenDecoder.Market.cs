using System.Text.Json;
using Nbpy.Publishers.Decoding;

namespace Nbpy.Publishers.Kraken;

// The channels ticker and trade, and what their entries have in common.
public sealed partial class KrakenDecoder
{
    // {"symbol":"ALGO/USD","bid":0.10025,"bid_qty":740.0,"ask":0.10036,…,"timestamp":"2023-09-25T09:04:31.742648Z"}
    private void ReadTickers(ref Utf8JsonReader reader)
    {
        RequireArray(ref reader);
        while (NextObject(ref reader))
        {
            string? symbol = null;
            decimal? bid = null, ask = null, last = null, volume = null, vwap = null;
            long? timestamp = null;
            while (NextProperty(ref reader))
            {
                switch (Key(ref reader))
                {
                    case EntryKey.Symbol: symbol = Name(ref reader); break;
                    case EntryKey.Bid: bid = Number(ref reader); break;
                    case EntryKey.Ask: ask = Number(ref reader); break;
                    case EntryKey.Last: last = Number(ref reader); break;
                    case EntryKey.Volume: volume = Number(ref reader); break;
                    case EntryKey.Vwap: vwap = Number(ref reader); break;
                    case EntryKey.Timestamp: timestamp = Time(ref reader); break;
                    default: reader.Skip(); break;
                }
            }
            tickers.Add(new KrakenTicker(Required(symbol, "symbol"), bid, ask, last, volume, vwap, timestamp));
        }
    }

    // {"symbol":"MATIC/USD","side":"sell","price":0.5117,"qty":40.0,"ord_type":"market","trade_id":4665906,"timestamp":"…"}
    private void ReadTrades(ref Utf8JsonReader reader, bool snapshot)
    {
        RequireArray(ref reader);
        while (NextObject(ref reader))
        {
            string? symbol = null, side = null, type = null;
            decimal? price = null, quantity = null;
            long? id = null, timestamp = null;
            while (NextProperty(ref reader))
            {
                switch (Key(ref reader))
                {
                    case EntryKey.Symbol: symbol = Name(ref reader); break;
                    case EntryKey.Side: side = Name(ref reader); break;
                    case EntryKey.OrderType: type = Name(ref reader); break;
                    case EntryKey.Price: price = Number(ref reader); break;
                    case EntryKey.Quantity: quantity = Number(ref reader); break;
                    case EntryKey.Timestamp: timestamp = Time(ref reader); break;
                    case EntryKey.TradeId: id = Integer(ref reader); break;
                    default: reader.Skip(); break;
                }
            }
            trades.Add(new KrakenTrade(
                Required(symbol, "symbol"), Required(id, "trade_id"), side, type,
                Required(price, "price"), Required(quantity, "qty"), timestamp, snapshot));
        }
        // Only now, when the whole frame has proved good: by their ids, so that what came out of order is told in order.
        if (!InOrder())
            SortTrades();
        trades.RemoveAll(Seen);
    }

    private bool InOrder()
    {
        for (var i = 1; i < trades.Count; i++)
        {
            var before = i - 1;
            while (before >= 0 && trades[before].Symbol != trades[i].Symbol)
                before--;
            if (before >= 0 && trades[i].TradeId < trades[before].TradeId)
                return false;
        }

        return true;
    }

    // Stable, unlike List.Sort: trades of several books stay as they came wherever their ids say nothing else.
    private void SortTrades()
    {
        var sorted = trades.OrderBy(trade => trade.TradeId).ToList();
        trades.Clear();
        trades.AddRange(sorted);
    }

    private bool Seen(KrakenTrade trade)
    {
        if (!tradeIds.TryGetValue(trade.Symbol, out var ids))
            tradeIds[trade.Symbol] = ids = new KrakenTradeIds();
        if (ids.Add(trade.TradeId))
            return false;
        Counters.DuplicateTrades++;
        return true;
    }

    private static void RequireArray(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            throw new JsonException("The data are not an array.");
    }

    private static bool NextObject(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType switch
        {
            JsonTokenType.StartObject => true,
            JsonTokenType.EndArray => false,
            _ => throw new JsonException("An entry of the data is not an object."),
        };
    }

    private static bool NextProperty(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.PropertyName;
    }

    private string? Name(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.Null ? null : names.Read(ref reader);
    }

    private static decimal? Number(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType switch
        {
            JsonTokenType.Null => null,
            // Kraken writes numbers; programs that re-serialise its messages may have quoted them.
            JsonTokenType.String => JsonDecimal.Parse(ref reader),
            _ => JsonDecimal.Read(ref reader),
        };
    }

    // 7, 7.0 and 7e0 are the same integer.
    private static long? Integer(ref Utf8JsonReader reader) => Number(ref reader) switch
    {
        null => null,
        { } number when number == decimal.Truncate(number) && number is >= long.MinValue and <= long.MaxValue => (long)number,
        _ => throw new FormatException("A number is not an integer."),
    };

    private static long? Time(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
            return null;
        if (reader.TokenType == JsonTokenType.String
            && (reader.ValueIsEscaped ? Rfc3339.TryParse(reader.GetString(), out var time) : Rfc3339.TryParse(reader.ValueSpan, out time)))
            return time;
        throw new FormatException("A timestamp is not an RFC 3339 time.");
    }

    private static T Required<T>(T? value, string name) where T : struct =>
        value ?? throw new FormatException($"An entry has no {name}.");

    private static string Required(string? value, string name) =>
        value ?? throw new FormatException($"An entry has no {name}.");
}
