namespace Nbpy.Publishers.Betfair;

/// <summary>What of the cache's changes is to be published: news only. A new image repeats what was published when nothing has changed
/// since; what Betfair marks unreliable is held, the newest of each selection, until it is reliable again; a selection that a new image
/// lacks has nothing offered any more. Outlives the decoder, which begins afresh with a new image. Policy without I/O.</summary>
internal sealed class BetfairNews
{
    private readonly Dictionary<(string Market, long Id, decimal Handicap), BetfairSelectionChange> published = [];
    private readonly OrderedDictionary<(string Market, long Id, decimal Handicap), BetfairSelectionChange> held = [];
    private readonly List<BetfairSelectionChange> news = [];

    // The cache may have lost selections since the last look.
    private bool shrunk;

    /// <summary>Changes that repeated what was published.</summary>
    public long Repeated { get; private set; }

    /// <summary>The changes to publish after a line of the stream, valid until the next call.</summary>
    public IReadOnlyList<BetfairSelectionChange> Take(BetfairStreamDecoder decoder)
    {
        news.Clear();
        if (decoder.ImageBegan)
            held.Clear();
        foreach (var change in decoder.Changes)
            Hold(change);
        if (decoder.ImageEnded || decoder.ReplacedMarkets.Count > 0)
            HoldGone(decoder);
        shrunk |= decoder.ImageEnded || decoder.ReplacedMarkets.Count > 0 || decoder.DroppedMarkets;
        if (decoder.Unreliable || held.Count == 0)
            return news;

        foreach (var (key, change) in held)
        {
            if (published.TryGetValue(key, out var before) && before with { TimestampNs = change.TimestampNs } == change)
            {
                Repeated++;
                continue;
            }

            published[key] = change;
            news.Add(change);
        }

        held.Clear();
        if (shrunk)
        {
            foreach (var gone in published.Keys.Where(k => !decoder.Knows(k.Market, k.Id, k.Handicap)).ToList())
                published.Remove(gone);
            shrunk = false;
        }

        return news;
    }

    /// <summary>The decoder begins afresh: what is held is of a cache that is no longer.</summary>
    public void Forget() => held.Clear();

    private void Hold(in BetfairSelectionChange change)
    {
        var key = (change.MarketId, change.SelectionId, change.Handicap);
        held.Remove(key);
        held.Add(key, change);
    }

    private void HoldGone(BetfairStreamDecoder decoder)
    {
        foreach (var (key, before) in published)
        {
            if ((decoder.ImageEnded || decoder.ReplacedMarkets.Contains(key.Market)) && !decoder.Knows(key.Market, key.Id, key.Handicap)
                && (before.Back is not null || before.Lay is not null))
                Hold(before with { Back = null, Lay = null, LastTradedPrice = null, MatchedAmount = null, TimestampNs = decoder.TimestampNs });
        }
    }
}
