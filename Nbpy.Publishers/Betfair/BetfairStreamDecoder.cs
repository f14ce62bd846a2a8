using System.Text.Json;

namespace Nbpy.Publishers.Betfair;

/// <summary>The market stream, and the market cache that its lines add up to. Not for use by two threads at once.</summary>
public sealed class BetfairStreamDecoder : BetfairLineDecoder
{
    /// <summary>How long a closed market stays in the cache.</summary>
    public static readonly TimeSpan ClosedMarketKept = TimeSpan.FromHours(1);

    private readonly Dictionary<string, BetfairMarket> markets = new(StringComparer.Ordinal);
    private readonly List<BetfairSelectionChange> changes = [];
    private readonly HashSet<string> images = new(StringComparer.Ordinal);
    private readonly HashSet<string> replaced = new(StringComparer.Ordinal);

    // In the order of first change; across the segments of one message.
    private readonly OrderedDictionary<(string Market, long Id, decimal Handicap), BetfairRunner> pending = [];

    /// <summary>Markets by id.</summary>
    public IReadOnlyDictionary<string, BetfairMarket> Markets => markets;

    /// <summary>Selections that the last line changed; those of a segmented message come with its last segment.</summary>
    public IReadOnlyList<BetfairSelectionChange> Changes => changes;

    /// <summary>Markets that the last line replaced by an image of their own: selections that are not in it are gone.</summary>
    public IReadOnlySet<string> ReplacedMarkets => replaced;

    /// <summary>True when the last line let markets that are long closed leave the cache.</summary>
    public bool DroppedMarkets { get; private set; }

    /// <summary>True when the subscription delivers what is offered: a side without a ladder is then one on which nothing is offered. Found out
    /// with the first ladder of either side, since Betfair delivers both or none; who knows the subscription may say it before.</summary>
    public bool DeliversOffers { get; set; }

    /// <inheritdoc/>
    protected override BetfairLineKind ChangeKind => BetfairLineKind.MarketChange;

    /// <summary>True while the cache has that selection.</summary>
    public bool Knows(string marketId, long selectionId, decimal handicap) =>
        markets.TryGetValue(marketId, out var market) && market.Has(selectionId, handicap);

    /// <inheritdoc/>
    protected override void BeginLine()
    {
        changes.Clear();
        replaced.Clear();
        DroppedMarkets = false;
    }

    /// <inheritdoc/>
    protected override void BeginImage()
    {
        markets.Clear();
        pending.Clear();
        images.Clear();
    }

    /// <inheritdoc/>
    protected override void Apply(JsonElement change)
    {
        var id = BetfairJson.Text(change, "id") ?? throw new FormatException("A market change has no id.");
        var image = BetfairJson.Flag(change, "img");
        var defined = BetfairJson.Member(change, "marketDefinition").ValueKind == JsonValueKind.Object;
        if (defined)
            DropClosed();
        if (image || !markets.TryGetValue(id, out var market))
        {
            if (!image && !defined)
            {
                Counters.UnknownMarkets++;
                return;
            }

            if (image)
                BeginImage(id);
            markets[id] = market = new BetfairMarket(id);
        }

        var changed = new List<BetfairRunner>();
        market.Apply(change, PublishTimeMs, changed);
        foreach (var runner in changed)
        {
            pending[(id, runner.Id, runner.Handicap)] = runner;
            DeliversOffers |= runner.HasBackLadder || runner.HasLayLadder;
        }
    }

    /// <inheritdoc/>
    protected override void EndMessage()
    {
        foreach (var ((marketId, _, _), runner) in pending)
        {
            changes.Add(new BetfairSelectionChange(
                markets.GetValueOrDefault(marketId)?.EventId, marketId, runner.Id, runner.Handicap, runner.BestBack, runner.BestLay,
                DeliversOffers, DeliversOffers, runner.LastTradedPrice, runner.TradedVolume, TimestampNs));
        }

        pending.Clear();
        replaced.UnionWith(images);
        images.Clear();
    }

    private void BeginImage(string id)
    {
        images.Add(id);
        foreach (var key in pending.Keys.Where(k => k.Market == id).ToList())
            pending.Remove(key);
    }

    private void DropClosed()
    {
        foreach (var (id, market) in markets)
        {
            if (market.ClosedAtMs is { } closed && PublishTimeMs - closed > ClosedMarketKept.TotalMilliseconds)
                DroppedMarkets |= markets.Remove(id);
        }
    }
}
