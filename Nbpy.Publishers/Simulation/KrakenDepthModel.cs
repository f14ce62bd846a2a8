using System.Globalization;
using Nbpy.Messaging;

namespace Nbpy.Publishers.Simulation;

/// <summary>Kraken's book, ten levels: its best prices follow a walk, the levels behind keep their distance. A step tells
/// of every level of one pair.</summary>
public sealed class KrakenDepthModel(IReadOnlyList<Instrument> instruments, Random random) : IMarketModel
{
    private const int Levels = 10;
    private static readonly string[] Names = [.. Enumerable.Range(1, Levels).Select(l => l.ToString(CultureInfo.InvariantCulture))];
    private readonly PriceWalk walk = new(instruments, random);

    /// <inheritdoc/>
    public void Step(Queue<IReadOnlyList<MessageField>> messages)
    {
        walk.Step();
        var i = random.Next(instruments.Count);
        var (bid, ask) = walk.Quote(i);
        for (var level = 0; level < Levels; level++)
        {
            messages.Enqueue(
            [
                new("pair", instruments[i].Name), new("level", Names[level]), new("exchange", "kraken"),
                new("bid_price", bid), new("bid_size", walk.Size(i)), new("ask_price", ask), new("ask_size", walk.Size(i)),
            ]);
            bid -= instruments[i].Tick * random.Next(1, 6);
            ask += instruments[i].Tick * random.Next(1, 6);
        }
    }
}
