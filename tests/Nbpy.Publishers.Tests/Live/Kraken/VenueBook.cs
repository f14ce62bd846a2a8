using System.Globalization;
using System.Text;
using Nbpy.Publishers.Kraken;

namespace Nbpy.Publishers.Tests.Live.Kraken;

/// <summary>The venue's book of a pair: makes the frames of its changes with the right checksum.</summary>
internal sealed class VenueBook(string symbol, int depth = 10)
{
    private readonly SortedDictionary<decimal, decimal> bids = new(Comparer<decimal>.Create((a, b) => b.CompareTo(a)));
    private readonly SortedDictionary<decimal, decimal> asks = [];
    private int tick;

    public string Symbol => symbol;

    /// <summary>Ten levels a side around 100, quantities of their own.</summary>
    public VenueBook Fill()
    {
        for (var i = 0; i < depth; i++)
        {
            bids[99.9m - (i / 10m)] = 1.00000000m + i;
            asks[100.1m + (i / 10m)] = 2.00000000m + i;
        }

        return this;
    }

    public string Snapshot() => Frame("snapshot", bids, asks);

    /// <summary>Sets the best bid's quantity.</summary>
    public string SetBest(decimal quantity)
    {
        var price = bids.First().Key;
        bids[price] = quantity;
        return Frame("update", [new(price, quantity)], []);
    }

    /// <summary>Sets the best ask's quantity.</summary>
    public string SetBestAsk(decimal quantity)
    {
        var price = asks.First().Key;
        asks[price] = quantity;
        return Frame("update", [], [new(price, quantity)]);
    }

    /// <summary>The book as the published levels have to add up to.</summary>
    public IEnumerable<(double BidPrice, double BidSize, double AskPrice, double AskSize)> Levels =>
        bids.Zip(asks, (b, a) => ((double)b.Key, (double)b.Value, (double)a.Key, (double)a.Value));

    /// <summary>The frame with another checksum.</summary>
    public static string WithWrongChecksum(string frame)
    {
        var start = frame.IndexOf("\"checksum\":", StringComparison.Ordinal) + 11;
        var end = frame.IndexOf(',', start);
        var right = uint.Parse(frame[start..end], CultureInfo.InvariantCulture);
        return frame[..start] + (right ^ 1).ToString(CultureInfo.InvariantCulture) + frame[end..];
    }

    private string Frame(string type, IEnumerable<KeyValuePair<decimal, decimal>> changedBids, IEnumerable<KeyValuePair<decimal, decimal>> changedAsks)
    {
        var checksum = KrakenChecksum.Compute(
            asks.Select(l => new KrakenLevel(l.Key, l.Value)).ToArray(), bids.Select(l => new KrakenLevel(l.Key, l.Value)).ToArray(), 1, 8);
        tick++;
        return string.Create(
            CultureInfo.InvariantCulture,
            $$"""{"channel":"book","type":"{{type}}","data":[{"symbol":"{{symbol}}","bids":[{{Side(changedBids)}}],"asks":[{{Side(changedAsks)}}],"checksum":{{checksum}},"timestamp":"2030-01-01T00:00:00.{{tick:000000}}Z"}]}""");
    }

    private static string Side(IEnumerable<KeyValuePair<decimal, decimal>> levels)
    {
        var text = new StringBuilder();
        foreach (var (price, quantity) in levels)
            text.Append(CultureInfo.InvariantCulture, $"{(text.Length == 0 ? "" : ",")}{{\"price\":{price:0.0},\"qty\":{quantity:0.00000000}}}");
        return text.ToString();
    }
}
