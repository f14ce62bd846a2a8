using System.Globalization;
using System.Text.Json;

namespace Nbpy.Publishers.Kraken.Live;

/// <summary>Reads entries of Kraken's public REST answers.</summary>
internal static class KrakenRestReader
{
    // {"a":["30300.10000","1","1.000"],"b":[…],"c":["30303.20000","0.00067643"],"v":[today,24 h],"p":[today,24 h],…}
    public static KrakenTicker Ticker(string symbol, JsonElement entry) => new(
        symbol, Number(entry.GetProperty("b")[0]), Number(entry.GetProperty("a")[0]), Number(entry.GetProperty("c")[0]),
        Number(entry.GetProperty("v")[1]), Number(entry.GetProperty("p")[1]), TimestampNs: null);

    // {"asks":[["30384.10000","2.059",1688671659],…],"bids":[…]}: always that many levels are returned, the missing ones empty.
    public static KrakenDepthLevel[] Levels(JsonElement entry, int count)
    {
        var bids = Side(entry.GetProperty("bids"), count);
        var asks = Side(entry.GetProperty("asks"), count);
        var levels = new KrakenDepthLevel[count];
        for (var i = 0; i < levels.Length; i++)
            levels[i] = new KrakenDepthLevel(
                i + 1,
                i < bids.Count ? bids[i].Price : null, i < bids.Count ? bids[i].Quantity : 0,
                i < asks.Count ? asks[i].Price : null, i < asks.Count ? asks[i].Quantity : 0);
        return levels;
    }

    private static List<KrakenLevel> Side(JsonElement side, int count) =>
        [.. side.EnumerateArray().Take(count).Select(level => new KrakenLevel(Number(level[0]), Number(level[1])))];

    private static decimal Number(JsonElement value) => decimal.Parse(
        value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText(), NumberStyles.Float, CultureInfo.InvariantCulture);
}
