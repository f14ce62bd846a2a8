namespace Nbpy.Publishers.Kraken;

/// <summary>One side of a book: levels sorted best first in one array. A window of at most a thousand levels is
/// searched in ten steps and shifted by a short copy, which beats a tree.</summary>
internal sealed class KrakenBookSide(bool descending)
{
    private KrakenLevel[] levels = new KrakenLevel[16];
    private int count;

    public ReadOnlySpan<KrakenLevel> Levels => levels.AsSpan(0, count);

    public void Clear() => count = 0;

    /// <summary>Sets the quantity at a price; 0 removes the price, and is ignored where there is none.</summary>
    public void Apply(in KrakenLevel level)
    {
        var index = Find(level.Price, out var found);
        if (level.Quantity == 0)
        {
            if (!found)
                return;
            count--;
            Array.Copy(levels, index + 1, levels, index, count - index);
            return;
        }
        if (!found)
        {
            if (count == levels.Length)
                Array.Resize(ref levels, count * 2);
            Array.Copy(levels, index, levels, index + 1, count - index);
            count++;
        }
        levels[index] = level;
    }

    /// <summary>Drops the worst levels beyond <paramref name="depth"/>.</summary>
    public void Truncate(int depth) => count = Math.Min(count, depth);

    private int Find(decimal price, out bool found)
    {
        var low = 0;
        var high = count - 1;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var order = levels[middle].Price.CompareTo(price);
            if (order == 0)
            {
                found = true;
                return middle;
            }
            if (descending ? order > 0 : order < 0)
                low = middle + 1;
            else
                high = middle - 1;
        }
        found = false;
        return low;
    }
}
