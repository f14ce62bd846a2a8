using FsCheck;
using FsCheck.Fluent;
using Nbpy.Publishers.Kraken;

namespace Nbpy.Publishers.Tests.Kraken;

public class KrakenBookPropertyTests
{
    private const int Depth = 10;

    // Few prices, so that levels collide, vanish and come back; a quarter of the quantities are zero, as on the wire.
    private static readonly Gen<KrakenLevel> Level =
        from price in Gen.Choose(1, 25)
        from quantity in Gen.Frequency((1, Gen.Constant(0)), (3, Gen.Choose(1, 100_000)))
        select new KrakenLevel(price / 10m, quantity / 1000m);

    private static readonly Gen<(KrakenLevel[] Bids, KrakenLevel[] Asks)> Message =
        from bids in Gen.Sized(size => Gen.ArrayOf(Level, Math.Min(size, 15)))
        from asks in Gen.Sized(size => Gen.ArrayOf(Level, Math.Min(size, 15)))
        select (bids, asks);

    [Fact]
    public void Book_equals_a_naive_model_after_any_messages()
    {
        var messages = Message.ArrayOf().Where(list => list.Length > 0).ToArbitrary();
        Prop.ForAll(messages, list =>
        {
            var book = new KrakenOrderBook("A/B", Depth);
            var model = new NaiveBook();
            var reported = new Dictionary<int, KrakenDepthLevel>();
            for (var i = 0; i < list.Length; i++)
            {
                model.Apply(list[i].Bids, list[i].Asks);
                var outcome = book.Apply(i == 0, list[i].Bids, list[i].Asks, KrakenChecksum.Compute(model.Asks, model.Bids));
                if (outcome is not (KrakenBookOutcome.Snapshot or KrakenBookOutcome.Update)
                    || !book.Bids.SequenceEqual(model.Bids) || !book.Asks.SequenceEqual(model.Asks))
                    return false;
                var changes = new List<KrakenDepthLevel>();
                book.CollectChanges(changes);
                foreach (var change in changes)
                    reported[change.Level] = change;
                // Whoever follows the reported changes has the whole book.
                if (!reported.Where(r => r.Value.BidPrice is not null).OrderBy(r => r.Key)
                    .Select(r => new KrakenLevel(r.Value.BidPrice!.Value, r.Value.BidSize)).SequenceEqual(model.Bids))
                    return false;
            }
            return true;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    [Fact]
    public void A_changed_digit_anywhere_in_the_ten_best_changes_the_checksum()
    {
        var book = Level.Where(level => level.Quantity != 0).ArrayOf(Depth).ToArbitrary();
        Prop.ForAll(book, Gen.Choose(0, Depth - 1).ToArbitrary(), (levels, index) =>
        {
            var before = KrakenChecksum.Compute(levels, levels);
            var changed = levels.ToArray();
            changed[index] = changed[index] with { Quantity = changed[index].Quantity + 0.001m };
            return KrakenChecksum.Compute(levels, changed) != before && KrakenChecksum.Compute(changed, levels) != before;
        }).Check(Config.QuickThrowOnFailure);
    }

    /// <summary>The rules of the protocol in the plainest words: a dictionary a side, sorted and cut anew every time.</summary>
    private sealed class NaiveBook
    {
        private Dictionary<decimal, decimal> bids = [];
        private Dictionary<decimal, decimal> asks = [];

        public KrakenLevel[] Bids => [.. bids.OrderByDescending(l => l.Key).Select(l => new KrakenLevel(l.Key, l.Value))];

        public KrakenLevel[] Asks => [.. asks.OrderBy(l => l.Key).Select(l => new KrakenLevel(l.Key, l.Value))];

        public void Apply(KrakenLevel[] bidLevels, KrakenLevel[] askLevels)
        {
            Set(bids, bidLevels);
            Set(asks, askLevels);
            bids = Bids.Take(Depth).ToDictionary(l => l.Price, l => l.Quantity);
            asks = Asks.Take(Depth).ToDictionary(l => l.Price, l => l.Quantity);
        }

        private static void Set(Dictionary<decimal, decimal> side, KrakenLevel[] levels)
        {
            foreach (var (price, quantity) in levels)
            {
                if (quantity == 0)
                    side.Remove(price);
                else
                    side[price] = quantity;
            }
        }
    }
}
