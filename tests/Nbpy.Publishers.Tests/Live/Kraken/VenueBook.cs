using System.Globalization;
using System.Text;
using Nbpy.Publishers.Kraken;

namespace Nbpy.Publishers.Tests.Live.Kraken;

/// <summary>The venue's book of a pair: makes the frames of its changes with the right checksum.</summary>
/// <param name="symbol">The pair.</param>
/// <param name="depth">Levels a side.</param>
/// <param name="hour">Of the times of its frames, which are a microsecond apart.</param>
internal sealed class VenueBook(string symbol, int depth = 10, int hour = 0)
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

    /// <summary>Any change that a market makes: another quantity somewhere, or a best level that goes while one enters at the
    /// deep end.</summary>
    public string Change(Random random)
    {
        var onBids = random.Next(2) == 0;
        var side = onBids ? bids : asks;
        var quantity = random.Next(1, 1_000_000) / 10_000m;
        List<KeyValuePair<decimal, decimal>> changed = [];
        if (random.Next(4) == 0)
        {
            var (best, worst) = (side.First().Key, side.Last().Key);
            var entering = onBids ? worst - 0.1m : worst + 0.1m;
            if (entering > 0)
            {
                side.Remove(best);
                side[entering] = quantity;
                changed.Add(new(best, 0));
                changed.Add(new(entering, quantity));
            }
        }

        if (changed.Count == 0)
        {
            // A better price than the best pushes the worst out, without a word of the venue's.
            var better = onBids ? side.First().Key + 0.1m : side.First().Key - 0.1m;
            var other = onBids ? asks.First().Key : bids.First().Key;
            var price = random.Next(3) == 0 && (onBids ? better < other : better > other) ? better : side.ElementAt(random.Next(side.Count)).Key;
            side[price] = quantity;
            if (side.Count > depth)
                side.Remove(side.Last().Key);
            changed.Add(new(price, quantity));
        }

        return Frame("update", onBids ? changed : [], onBids ? [] : changed);
    }

    /// <summary>Messages made so far: the microseconds of the last one's time.</summary>
    public int Tick => tick;

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
            $$"""{"channel":"book","type":"{{type}}","data":[{"symbol":"{{symbol}}","bids":[{{Side(changedBids)}}],"asks":[{{Side(changedAsks)}}],"checksum":{{checksum}},"timestamp":"2030-01-01T{{hour:00}}:00:00.{{tick:000000}}Z"}]}""");
    }

    private static string Side(IEnumerable<KeyValuePair<decimal, decimal>> levels)
    {
        var text = new StringBuilder();
        foreach (var (price, quantity) in levels)
            text.Append(CultureInfo.InvariantCulture, $"{(text.Length == 0 ? "" : ",")}{{\"price\":{price:0.0},\"qty\":{quantity:0.00000000}}}");
        return text.ToString();
    }
}
