using System.Text.Json;

namespace Nbpy.Publishers.Betfair;

/// <summary>The order stream, and the cache of the account's orders. Not for use by two threads at once.</summary>
public sealed class BetfairOrderDecoder : BetfairLineDecoder
{
    private readonly Dictionary<(string MarketId, long SelectionId, decimal Handicap, string BetId), BetfairOrder> orders = [];
    private readonly List<BetfairOrder> changes = [];

    // In the order of first change; across the segments of one message.
    private readonly OrderedDictionary<(string MarketId, long SelectionId, decimal Handicap, string BetId), BetfairOrder> pending = [];
    private bool removing;

    /// <summary>Every order of the markets that are not closed.</summary>
    public IReadOnlyCollection<BetfairOrder> Orders => orders.Values;

    /// <summary>Orders that the last line stated; those of a segmented message come with its last segment.</summary>
    public IReadOnlyList<BetfairOrder> Changes => changes;

    /// <summary>True when the last line took orders out of the cache: by an image that lacks them, or with their market's end.</summary>
    public bool Removed { get; private set; }

    /// <inheritdoc/>
    protected override BetfairLineKind ChangeKind => BetfairLineKind.OrderChange;

    /// <summary>True while the cache has that order.</summary>
    public bool Knows(BetfairOrder order) => orders.ContainsKey(order.Key);

    /// <inheritdoc/>
    protected override void BeginLine()
    {
        changes.Clear();
        Removed = false;
    }

    /// <inheritdoc/>
    protected override void BeginImage()
    {
        orders.Clear();
        pending.Clear();
        removing = true;
    }

    // {"id":"1.177596575","fullImage":true,"orc":[{"fullImage":true,"id":38077860,"uo":[{"id":"221073337451","p":34,"s":0.8,"side":"B","status":"E",…}]}]}
    /// <inheritdoc/>
    protected override void Apply(JsonElement change)
    {
        var market = BetfairJson.Text(change, "id") ?? throw new FormatException("An order change has no market id.");
        if (BetfairJson.Flag(change, "fullImage"))
            Remove(o => o.MarketId == market);
        foreach (var runner in BetfairJson.Items(change, "orc"))
        {
            var id = BetfairJson.Integer(runner, "id") ?? throw new FormatException("A runner's orders have no id.");
            var handicap = BetfairJson.Number(BetfairJson.Member(runner, "hc")) ?? 0;
            if (BetfairJson.Flag(runner, "fullImage"))
                Remove(o => o.MarketId == market && o.SelectionId == id && o.Handicap == handicap);
            foreach (var item in BetfairJson.Items(runner, "uo"))
            {
                var order = Read(market, id, handicap, item);
                orders[order.Key] = order;
                pending[order.Key] = order;
            }
        }

        // What was said of it to the end is still shown.
        if (!BetfairJson.Flag(change, "closed"))
            return;
        foreach (var key in orders.Keys.Where(k => k.MarketId == market).ToList())
            removing |= orders.Remove(key);
    }

    /// <inheritdoc/>
    protected override void EndMessage()
    {
        changes.AddRange(pending.Values);
        pending.Clear();
        (Removed, removing) = (removing, false);
    }

    private void Remove(Func<BetfairOrder, bool> which)
    {
        foreach (var (key, _) in orders.Where(o => which(o.Value)).ToList())
        {
            orders.Remove(key);
            pending.Remove(key);
            removing = true;
        }
    }

    private static BetfairOrder Read(string market, long selection, decimal handicap, JsonElement order)
    {
        decimal? Number(string name) => BetfairJson.Number(BetfairJson.Member(order, name));
        var matched = Number("sm");
        return new BetfairOrder(
            market, selection, handicap, BetfairJson.Text(order, "id") ?? throw new FormatException("An order has no id."),
            BetfairJson.Text(order, "status"), BetfairJson.Text(order, "side"), BetfairJson.Text(order, "ot"), Number("p"), Number("s"), Number("bsp"),
            // 0 where nothing is matched yet: no price.
            Number("avp") is { } average and > 0 ? average : null, matched, Number("sr"), Number("sl"), Number("sc"), Number("sv"));
    }
}
