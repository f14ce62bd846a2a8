using Nbpy.Messaging;
using Nbpy.Publishers.Betfair;

namespace Nbpy.Publishers.Replay;

/// <summary>betfair_stream out of recorded lines of the Exchange Stream API.</summary>
internal sealed class BetfairReplayDecoder : IReplayDecoder
{
    private readonly Dictionary<(string Market, long Id, decimal Handicap), BetfairSelectionChange> published = [];
    private readonly OrderedDictionary<(string Market, long Id, decimal Handicap), BetfairSelectionChange> held = [];
    private BetfairStreamDecoder decoder = new();
    private bool live;

    public void Connected()
    {
        live = true;
        if (decoder.ImageIncomplete)
            Forget();
    }

    public string? Decode(ReadOnlyMemory<byte> payload, long receivedNs, List<MarketMessage> into)
    {
        var kind = decoder.Decode(payload);
        var problem = kind == BetfairLineKind.Malformed ? decoder.LastError : null;
        if (live)
            AddAsLive(kind, into);
        // Unreliable data (status 503) are applied, so that the cache stays right, but not published.
        else if (kind == BetfairLineKind.MarketChange && !decoder.Unreliable)
            into.AddRange(decoder.Changes.Select(change => BetfairMessages.ToMessage(change)));
        return problem;
    }

    // What the live feed publishes: news only, the newest of each selection once the data are reliable again.
    private void AddAsLive(BetfairLineKind kind, List<MarketMessage> into)
    {
        if (kind == BetfairLineKind.Malformed || decoder.Status is { Success: false, ErrorCode: "INVALID_CLOCK" })
            Forget();
        // The last request that Betfair took is the subscription: changes of an earlier one do not count.
        if (decoder.Status is { Success: true, Id: { } id })
            decoder.SubscriptionId = id;
        if (kind is not (BetfairLineKind.MarketChange or BetfairLineKind.Heartbeat))
            return;
        if (decoder.ImageBegan)
            held.Clear();
        foreach (var change in decoder.Changes)
        {
            var key = (change.MarketId, change.SelectionId, change.Handicap);
            held.Remove(key);
            held.Add(key, change);
        }

        if (decoder.Unreliable || held.Count == 0)
            return;
        foreach (var (key, change) in held)
        {
            if (published.TryGetValue(key, out var before) && before with { TimestampNs = change.TimestampNs } == change)
                continue;
            published[key] = change;
            into.Add(BetfairMessages.ToMessage(change));
        }

        held.Clear();
        foreach (var gone in published.Keys.Where(k => !decoder.Markets.ContainsKey(k.Market)).ToList())
            published.Remove(gone);
    }

    private void Forget()
    {
        decoder = new BetfairStreamDecoder();
        held.Clear();
    }
}
