using System.Globalization;
using Nbpy.Messaging;
using Nbpy.Publishers.Tests.Live.Kraken;
using Nbpy.Publishers.Tests.Replay;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Tests.Live.Soak;

/// <summary>Trades have rising ids: what is published rises, and what is left out has been counted.</summary>
internal sealed class KrakenTradeSoak(int seed) : KrakenSoakFeed("kraken_orders of trade", seed, KnownClasses.KrakenOrders, ("channel", "trade"))
{
    private readonly Dictionary<string, int> now = Pairs.ToDictionary(p => p, _ => 100);

    public override bool IsSettled(IReadOnlyList<MarketMessage> messages) =>
        now.All(n => messages.LastOrDefault(m => (string)m.Get("pair")! == n.Key) is { } m && Id(m) == n.Value);

    public override void Verify(IReadOnlyList<MarketMessage> messages)
    {
        var leftOut = 0;
        foreach (var pair in Pairs)
        {
            var ids = messages.Where(m => (string)m.Get("pair")! == pair).Select(Id).ToList();
            Assert.True(ids.Zip(ids.Skip(1)).All(p => p.Second > p.First), $"{pair}: ids go back or repeat");
            leftOut += ids.Zip(ids.Skip(1)).Sum(p => p.Second - p.First - 1);
        }

        Assert.Equal(leftOut, Run.Count("missed_trades"));
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
