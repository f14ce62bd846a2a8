namespace Nbpy.Publishers.Betfair;

/// <summary>What of the orders that were stated is to be published: news only, since a new image states again what is known. Outlives the
/// decoder. Policy without I/O.</summary>
internal sealed class BetfairOrderNews
{
    private readonly Dictionary<(string MarketId, long SelectionId, decimal Handicap, string BetId), BetfairOrder> published = [];
    private readonly List<BetfairOrder> news = [];

    /// <summary>Orders that were stated again as they were published.</summary>
    public long Repeated { get; private set; }

    /// <summary>Orders that were open when they were last published and that a new image, or their market's end, no longer has: what became
    /// of them nobody said.</summary>
    public long WithoutKnownEnd { get; private set; }

    /// <summary>The orders to publish after a line of the stream, valid until the next call.</summary>
    public IReadOnlyList<BetfairOrder> Take(BetfairOrderDecoder decoder)
    {
        news.Clear();
        foreach (var order in decoder.Changes)
        {
            if (published.TryGetValue(order.Key, out var before) && before == order)
            {
                Repeated++;
                continue;
            }

            published[order.Key] = order;
            news.Add(order);
        }

        if (!decoder.Removed)
            return news;
        foreach (var gone in published.Values.Where(o => !decoder.Knows(o)).ToList())
        {
            published.Remove(gone.Key);
            WithoutKnownEnd += gone.Open ? 1 : 0;
        }

        return news;
    }
}
