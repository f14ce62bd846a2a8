using Nbpy.Messaging;
using Nbpy.Publishers.Tests.Live.Kraken;
using Nbpy.Publishers.Tests.Replay;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Tests.Live.Soak;

/// <summary>Prices only rise, so that an old one shows.</summary>
internal sealed class KrakenTickSoak(int seed) : KrakenSoakFeed("kraken_tick", seed, KnownClasses.KrakenTick)
{
    private readonly Dictionary<string, int> now = Pairs.ToDictionary(p => p, _ => 1);

    public override bool IsSettled(IReadOnlyList<MarketMessage> messages) =>
        now.All(n => messages.LastOrDefault(m => (string)m.Get("pair")! == n.Key)?.Get("bid") is double bid && bid == n.Value);

    public override void Verify(IReadOnlyList<MarketMessage> messages)
    {
        foreach (var pair in Pairs)
        {
            var last = 0.0;
            foreach (var message in messages.Where(m => (string)m.Get("pair")! == pair))
            {
                var bid = (double)message.Get("bid")!;
                Assert.True(bid > last && bid <= now[pair], $"{pair}: {bid} after {last}");
                last = bid;
            }
        }
    }

    protected override string Snapshot(string key) => Frame(key, "snapshot");

    protected override (string Frame, bool MayBeLost) Next(string key)
    {
        now[key]++;
        return (Frame(key, "update"), true);
    }

    private string Frame(string key, string type) =>
        KrakenWire.Ticker(key, now[key], now[key] + 1, $"2030-01-01T00:{now[key] / 60_000 % 60:00}:{now[key] / 1000 % 60:00}.{now[key] % 1000:000}000Z", type);
}
