using Nbpy.Messaging;

namespace Nbpy.Publishers.Simulation;

/// <summary>A Betfair market of six selections: prices on the exchange's ladder, the best back below the best lay, matched
/// money that only grows.</summary>
public sealed class BetfairModel : IMarketModel
{
    private static readonly decimal[] Ladder = [.. MakeLadder()];
    private readonly Random random;
    private readonly string market;
    private readonly Selection[] selections;

    /// <param name="markets">The market's id is the first; one is made up when there is none.</param>
    /// <param name="random">The dice.</param>
    public BetfairModel(IReadOnlyList<string> markets, Random random)
    {
        this.random = random;
        market = markets.Count > 0 ? markets[0] : "1.200000001";
        selections = [.. Enumerable.Range(0, 6).Select(i => new Selection($"{47_972 + (i * 311)}", Index(2.2m + (i * 1.7m))))];
    }

    /// <summary>Every price that the exchange takes, from 1.01 to 1000.</summary>
    public static IReadOnlyList<decimal> Prices => Ladder;

    /// <inheritdoc/>
    public void Step(Queue<IReadOnlyList<MessageField>> messages)
    {
        // One change message tells of several selections, as the exchange's do.
        var first = random.Next(selections.Length);
        var count = random.Next(2, 5);
        for (var i = 0; i < count; i++)
            messages.Enqueue(Tell(selections[(first + i) % selections.Length]));
    }

    private MessageField[] Tell(Selection selection)
    {
        selection.Back = Math.Clamp(selection.Back + random.Next(-1, 2), 5, Ladder.Length - 10);
        var lay = selection.Back + random.Next(1, 3);
        if (random.NextDouble() < 0.6)
        {
            selection.Last = Ladder[random.Next(2) == 0 ? selection.Back : lay];
            selection.Matched += Money(120);
        }

        return
        [
            new("event_id", "30000001"), new("market_id", market), new("selection_id", selection.Id), new("exchange", "betfair"),
            new("back_price", Ladder[selection.Back]), new("back_size", Money(400)), new("lay_price", Ladder[lay]), new("lay_size", Money(400)),
            new("last_traded_price", selection.Last), new("matched_amount", selection.Matched),
        ];
    }

    private static int Index(decimal price) => Array.FindIndex(Ladder, p => p >= price);

    private static IEnumerable<decimal> MakeLadder()
    {
        var price = 1.01m;
        foreach (var (end, step) in ((decimal, decimal)[])[(2, 0.01m), (3, 0.02m), (4, 0.05m), (6, 0.1m), (10, 0.2m), (20, 0.5m), (30, 1), (50, 2), (100, 5), (1000, 10)])
            for (; price < end; price += step)
                yield return price;
        yield return 1000m;
    }

    private decimal Money(double scale) => Math.Round((decimal)(2 + (scale * random.NextDouble() * random.NextDouble())), 2);

    private sealed class Selection(string id, int back)
    {
        public string Id => id;

        public int Back { get; set; } = back;

        public decimal Last { get; set; } = Ladder[back];

        public decimal Matched { get; set; } = 1_000;
    }
}
