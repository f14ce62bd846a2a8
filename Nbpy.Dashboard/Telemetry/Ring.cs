namespace Nbpy.Dashboard.Telemetry;

/// <summary>The newest records of a kind, oldest first, with their size. Grows as needed up to its capacity; not thread-safe.</summary>
internal sealed class Ring<T>(int capacity, Func<T, int> sizeOf)
{
    private readonly Queue<T> items = new();

    /// <summary>Bytes held, about.</summary>
    public long Bytes { get; private set; }

    /// <summary>Records that had to go.</summary>
    public long Dropped { get; private set; }

    public int Count => items.Count;

    public IEnumerable<T> Items => items;

    public void Add(T item)
    {
        if (items.Count == capacity)
            DropOldest();
        items.Enqueue(item);
        Bytes += sizeOf(item);
    }

    public void DropOldest()
    {
        Bytes -= sizeOf(items.Dequeue());
        Dropped++;
    }

    public void Clear()
    {
        items.Clear();
        Bytes = 0;
    }
}
