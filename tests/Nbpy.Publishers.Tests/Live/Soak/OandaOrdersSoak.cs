using System.Globalization;
using Nbpy.Messaging;
using Nbpy.Publishers.Tests.Live.Oanda;
using Nbpy.Publishers.Tests.Replay;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Tests.Live.Soak;

/// <summary>Every transaction is published, once, in order.</summary>
internal sealed class OandaOrdersSoak(int seed) : OandaSoakFeed("oanda_orders", seed, KnownClasses.OandaOrders)
{
    private const int Before = 100;
    private int last = Before;

    public override bool IsSettled(IReadOnlyList<MarketMessage> messages) => messages.Count == last - Before;

    public override void Verify(IReadOnlyList<MarketMessage> messages) => Assert.Equal(
        Enumerable.Range(Before + 1, messages.Count).Select(id => id.ToString(CultureInfo.InvariantCulture)),
        messages.Select(m => (string)m.Get("order_id")!));

    protected override IEnumerable<string> First() => [Heartbeat()];

    protected override string Next()
    {
        var line = OandaWire.LimitOrder(++last);
        Venue.Record(line);
        return line;
    }

    protected override string Heartbeat() => OandaWire.Heartbeat(last);
}
