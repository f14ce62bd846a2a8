using Nbpy.Messaging;

namespace Nbpy.Publishers.Simulation;

/// <summary>OANDA's prices: quotes, spread, and the liquidity at the top of the book. A step tells of every
/// instrument: they move together.</summary>
public sealed class OandaTickModel(IReadOnlyList<Instrument> instruments, Random random) : IMarketModel
{
    private static readonly decimal[] Liquidity = [250_000m, 500_000m, 1_000_000m, 2_000_000m, 5_000_000m];
    private readonly PriceWalk walk = new(instruments, random);

    /// <inheritdoc/>
    public void Step(Queue<IReadOnlyList<MessageField>> messages)
    {
        walk.Step();
        for (var i = 0; i < instruments.Count; i++)
            messages.Enqueue(Tell(i));
    }

    private MessageField[] Tell(int i)
    {
        var (bid, ask) = walk.Quote(i);
        return
        [
            new("instrument", instruments[i].Name), new("exchange", "oanda"), new("bid", bid), new("ask", ask), new("spread", ask - bid),
            new("volume", Liquidity[random.Next(Liquidity.Length)]),
        ];
    }
}
