using Nbpy.Publishers.Decoding;

namespace Nbpy.Publishers.Kraken;

/// <summary>Reads a ticker frame of the shape that Kraken sends, byte by byte: no white space, one entry, plain numbers,
/// texts without escapes. Whatever else there may be is left to the JSON reader, which costs three times as much.</summary>
/// <remarks>It takes nothing that the JSON reader would refuse.</remarks>
internal ref struct KrakenTickerScanner(ReadOnlySpan<byte> frame, KrakenNames names)
{
    private readonly ReadOnlySpan<byte> frame = frame;
    private int at;

    // {"channel":"ticker","type":"update","data":[{"symbol":"ALGO/USD","bid":0.10025,…,"timestamp":"2023-09-25T09:04:31.742648Z"}]}
    /// <summary>Reads the frame.</summary>
    /// <returns>False when it has another shape; nothing is known of it then.</returns>
    public bool TryRead(out KrakenTicker ticker, out bool snapshot)
    {
        ticker = default;
        snapshot = false;
        if (!Take("{\"channel\":\"ticker\",\"type\":\""u8))
            return false;
        snapshot = Take("snapshot"u8);
        if ((!snapshot && !Take("update"u8)) || !Take("\",\"data\":[{"u8))
            return false;
        string? symbol = null;
        decimal? bid = null, ask = null, last = null, volume = null, vwap = null;
        long? timestamp = null;
        do
        {
            if (!TryText(out var key) || !Take(":"u8) || at >= frame.Length)
                return false;
            if (frame[at] == '"')
            {
                if (!TryText(out var text))
                    return false;
                switch (KrakenDecoder.Key(key))
                {
                    case KrakenDecoder.EntryKey.Symbol when text.Length > 0: symbol = names.Get(text); break;
                    case KrakenDecoder.EntryKey.Timestamp when Rfc3339.TryParse(text, out var time): timestamp = time; break;
                    case KrakenDecoder.EntryKey.Other: break;
                    default: return false;
                }
            }
            else
            {
                if (!TryNumber(out var number))
                    return false;
                switch (KrakenDecoder.Key(key))
                {
                    case KrakenDecoder.EntryKey.Bid: bid = number; break;
                    case KrakenDecoder.EntryKey.Ask: ask = number; break;
                    case KrakenDecoder.EntryKey.Last: last = number; break;
                    case KrakenDecoder.EntryKey.Volume: volume = number; break;
                    case KrakenDecoder.EntryKey.Vwap: vwap = number; break;
                    case KrakenDecoder.EntryKey.Other: break;
                    default: return false;
                }
            }
        }
        while (Take(","u8));
        if (!Take("}]}"u8) || at != frame.Length || symbol is null)
            return false;
        ticker = new KrakenTicker(symbol, bid, ask, last, volume, vwap, timestamp);
        return true;
    }

    private bool Take(ReadOnlySpan<byte> expected)
    {
        if (!frame[at..].StartsWith(expected))
            return false;
        at += expected.Length;
        return true;
    }

    // Printable ASCII without escapes.
    private bool TryText(out ReadOnlySpan<byte> text)
    {
        text = default;
        if (at >= frame.Length || frame[at] != '"')
            return false;
        var start = at + 1;
        for (var i = start; i < frame.Length; i++)
        {
            var b = frame[i];
            if (b == '"')
            {
                text = frame[start..i];
                at = i + 1;
                return true;
            }

            if (b is < 0x20 or >= 0x7F or (byte)'\\')
                return false;
        }

        return false;
    }

    private bool TryNumber(out decimal number)
    {
        var start = at;
        var i = at;
        while (i < frame.Length && frame[i] is not ((byte)',' or (byte)'}'))
            i++;
        var text = frame[start..i];
        at = i;
        // JSON has no leading zeros.
        var whole = text.Length > 0 && text[0] == '-' ? text[1..] : text;
        if (whole.Length > 1 && whole[0] == '0' && whole[1] != '.')
        {
            number = 0;
            return false;
        }

        return JsonDecimal.TryParse(text, out number);
    }
}
