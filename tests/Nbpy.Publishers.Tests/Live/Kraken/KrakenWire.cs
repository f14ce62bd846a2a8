using System.Globalization;
using Nbpy.Messaging;
using Nbpy.Publishers.Tests.Replay;

namespace Nbpy.Publishers.Tests.Live.Kraken;

/// <summary>Frames as the venue writes them.</summary>
internal static class KrakenWire
{
    public static string Ticker(string symbol, decimal bid, decimal ask, string? time = "2030-01-01T00:00:00.000000Z", string type = "update")
    {
        var stamp = time is null ? "" : $",\"timestamp\":\"{time}\"";
        return string.Create(CultureInfo.InvariantCulture, $$$"""{"channel":"ticker","type":"{{{type}}}","data":[{"symbol":"{{{symbol}}}","bid":{{{bid}}},"bid_qty":0.35180540,"ask":{{{ask}}},"ask_qty":1.27756288,"last":{{{ask}}},"volume":4473.99704028,"vwap":62809.3,"low":62801.0,"high":62822.0,"change":-0.3,"change_pct":-0.42{{{stamp}}}}]}""");
    }

    public static string Trades(string symbol, bool snapshot, params int[] ids) =>
        $$"""{"channel":"trade","type":"{{(snapshot ? "snapshot" : "update")}}","data":[{{string.Join(',', ids.Select(id =>
            $$"""{"symbol":"{{symbol}}","side":"sell","price":62810.1,"qty":0.5,"ord_type":"limit","trade_id":{{id}},"timestamp":"2030-01-01T00:00:00.{{id:000000}}Z"}"""))}}]}""";

    /// <summary>What a tick's message says in short.</summary>
    public static string Tick(MarketMessage message) => string.Create(
        CultureInfo.InvariantCulture, $"{message.Get("pair")} {message.Get("bid")} {message.Get("ask")}");
}
