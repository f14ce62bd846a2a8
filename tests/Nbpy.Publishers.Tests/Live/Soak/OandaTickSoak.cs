using Nbpy.Messaging;
using Nbpy.Publishers.Tests.Live.Oanda;
using Nbpy.Publishers.Tests.Replay;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Tests.Live.Soak;

/// <summary>Prices only rise, so that an old one shows; now and then an instrument is halted.</summary>
internal sealed class OandaTickSoak(int seed) : OandaSoakFeed("oanda_tick", seed, KnownClasses.OandaTick)
{
    private readonly Dictionary<string, int> now = Instruments.ToDictionary(i => i, _ => 1);
    private readonly HashSet<int> halted = [];

    public override bool IsSettled(IReadOnlyList<MarketMessage> messages) =>
        now.All(n => messages.LastOrDefault(m => (string)m.Get("instrument")! == n.Key)?.Get("bid") is double bid && bid == n.Value);

    public override void Verify(IReadOnlyList<MarketMessage> messages)
    {
        foreach (var instrument in Instruments)
        {
            var last = 0.0;
            foreach (var message in messages.Where(m => (string)m.Get("instrument")! == instrument))
            {
                var bid = (double)message.Get("bid")!;
                Assert.True(bid > last && bid <= now[instrument], $"{instrument}: {bid} after {last}");
                Assert.DoesNotContain((int)bid, halted);
                last = bid;
            }
        }
    }

    protected override IEnumerable<string> First() => Instruments.Select(Price);

    protected override string Next()
    {
        var instrument = Instruments[Random.Next(Instruments.Length)];
        now[instrument] = now.Values.Max() + 1;
        if (Breaking && Random.Next(20) == 0)
            halted.Add(now[instrument]);
        return Price(instrument);
    }

    protected override string Heartbeat() => OandaWire.Heartbeat();

    private string Price(string instrument) => OandaWire.Price(
        now[instrument], now[instrument] + 1, OandaWire.At(now[instrument]), instrument, tradeable: !halted.Contains(now[instrument]));
}
