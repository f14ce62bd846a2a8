namespace Nbpy.Publishers.Betfair;

/// <summary>A price and the money at it, in the account's currency.</summary>
public readonly record struct BetfairPriceSize(decimal Price, decimal Size);

/// <summary>A ladder of a runner. Entries are absolute: a size replaces the one before, 0 removes.</summary>
public sealed class BetfairLadder
{
    private readonly SortedDictionary<decimal, BetfairPriceSize> entries;

    internal BetfairLadder(bool descending) =>
        entries = new(descending ? Comparer<decimal>.Create(static (a, b) => b.CompareTo(a)) : null);

    /// <summary>By level (0 is the best) for batb, batl, bdatb and bdatl; by price for the others, best price first.</summary>
    public IReadOnlyDictionary<decimal, BetfairPriceSize> Entries => entries;

    /// <summary>The first entry, or null when the ladder is empty.</summary>
    public BetfairPriceSize? Best
    {
        get
        {
            foreach (var entry in entries.Values)
                return entry;
            return null;
        }
    }

    internal void Set(decimal key, decimal price, decimal size)
    {
        if (size == 0)
            entries.Remove(key);
        else
            entries[key] = new BetfairPriceSize(price, size);
    }

    internal void Clear() => entries.Clear();
}
