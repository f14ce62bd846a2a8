using Nbpy.Messaging;

namespace Nbpy.Publishers.Simulation;

/// <summary>Kraken's ticker: quotes, last trade, 24-hour volume and its average price. A step tells
/// of every pair: they move together.</summary>
public sealed class KrakenTickModel(IReadOnlyList<Instrument> instruments, Random random) : IMarketModel
{
    private readonly PriceWalk walk = new(instruments, random);
    private readonly decimal[] volume = [.. instruments.Select(i => i.Size * 4_000)];
    private readonly decimal[] turnover = [.. instruments.Select(i => i.Size * 4_000 * i.Price)];

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
        var last = random.Next(2) == 0 ? bid : ask;
        var size = walk.Size(i);
        volume[i] += size;
        turnover[i] += size * last;
        return
        [
            new("pair", instruments[i].Name), new("exchange", "kraken"), new("bid", bid), new("ask", ask), new("last_trade_price", last),
            new("volume", Math.Round(volume[i], 8)), new("vwap", Math.Round(turnover[i] / volume[i], 8)),
        ];
    }
}
