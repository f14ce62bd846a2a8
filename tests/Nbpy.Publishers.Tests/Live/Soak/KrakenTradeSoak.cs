using System.Globalization;
using Nbpy.Messaging;
using Nbpy.Publishers.Tests.Live.Kraken;
using Nbpy.Publishers.Tests.Replay;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Tests.Live.Soak;

/// <summary>Trades have rising ids: what goes back is counted as late, nothing repeats, and what is left out has been counted.</summary>
internal sealed class KrakenTradeSoak(int seed) : KrakenSoakFeed("kraken_orders of trade", seed, KnownClasses.KrakenOrders, ("channel", "trade"))
{
    private readonly Dictionary<string, int> now = Pairs.ToDictionary(p => p, _ => 100);

    public override bool IsSettled(IReadOnlyList<MarketMessage> messages) =>
        now.All(n => messages.LastOrDefault(m => (string)m.Get("pair")! == n.Key) is { } m && Id(m) == n.Value);

    public override void Verify(IReadOnlyList<MarketMessage> messages)
    {
        var (leftOut, late) = (0, 0);
        foreach (var pair in Pairs)
        {
            var ids = messages.Where(m => (string)m.Get("pair")! == pair).Select(Id).ToList();
            Assert.True(ids.Distinct().Count() == ids.Count, $"{pair}: ids repeat");
            var highest = ids[0];
            foreach (var id in ids)
            {
                late += id < highest ? 1 : 0;
                highest = Math.Max(highest, id);
            }

            leftOut += highest - ids[0] + 1 - ids.Count;
        }

        // A trade that comes after a higher id was counted as missed and is late.
        Assert.Equal(late, Run.Count("late_trades"));
        Assert.Equal(leftOut, Run.Count("missed_trades") - late);
    }

    // The last fifty, as Kraken sends them.
    protected override string Snapshot(string key) =>
        KrakenWire.Trades(key, snapshot: true, [.. Enumerable.Range(now[key] - 49, 50)]);

    protected override (string Frame, bool MayBeLost) Next(string key)
    {
        var first = ++now[key];
        now[key] += Random.Next(3);
        return (KrakenWire.Trades(key, snapshot: false, [.. Enumerable.Range(first, now[key] - first + 1)]), true);
    }

    private static int Id(MarketMessage message) => int.Parse((string)message.Get("order_id")!, CultureInfo.InvariantCulture);
}
