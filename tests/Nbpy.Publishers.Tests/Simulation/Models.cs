using Nbpy.Messaging;
using Nbpy.Publishers.Simulation;
using Nbpy.Publishers.Tests.Replay;

namespace Nbpy.Publishers.Tests.Simulation;

/// <summary>Steps models and reads what they tell.</summary>
internal static class Models
{
    public static readonly IReadOnlyList<Instrument> Instruments =
    [
        new("BTC/USD", 64_250.0m, 0.1m, 12, 0.35m),
        new("XRP/USD", 0.52340m, 0.00001m, 9, 4_000m),
        // The tightest spread on the coarsest tick.
        new("COARSE", 1m, 0.01m, 1, 10m),
    ];

    /// <summary>What each of a number of steps tells.</summary>
    public static IEnumerable<MarketMessage[]> Steps(this IMarketModel model, int count)
    {
        var queue = new Queue<IReadOnlyList<MessageField>>();
        for (var i = 0; i < count; i++)
        {
            model.Step(queue);
            yield return [.. queue.Select(fields => new MarketMessage(0, fields))];
            queue.Clear();
        }
    }

    public static double Number(this MarketMessage message, string name) => Assert.IsType<double>(message.Get(name));

    public static string Name(this MarketMessage message, string name) => Assert.IsType<string>(message.Get(name));

    public static string Text(this MarketMessage message) => string.Join(' ', message.Keys().Select(key => $"{key}={message.Get(key)}"));

    public static void IsWholeTicks(double price, Instrument instrument)
    {
        var ticks = (decimal)price / instrument.Tick;
        Assert.Equal(Math.Round(ticks), ticks);
    }
}
