namespace Nbpy.AppHost.Recording;

/// <summary>Figures that the store has not taken yet, oldest first: an outage is what they are to tell of, so they wait for its end. At most
/// <see cref="Most"/> entries; then the oldest goes.</summary>
public sealed class FigureBacklog
{
    /// <summary>Most entries: an hour of one every five seconds, some megabytes.</summary>
    public const int Most = 720;

    /// <summary>Most entries of one write.</summary>
    public const int AtOnce = 60;

    private readonly Queue<string> waiting = new();

    /// <summary>Entries that wait.</summary>
    public int Count => waiting.Count;

    /// <summary>Adds the newest.</summary>
    public void Add(string lines)
    {
        waiting.Enqueue(lines);
        if (waiting.Count > Most)
            waiting.Dequeue();
    }

    /// <summary>What is to be written next, and how many entries it is.</summary>
    public (string Lines, int Entries) Next()
    {
        var next = waiting.Take(AtOnce).ToList();
        return (string.Concat(next), next.Count);
    }

    /// <summary>Forgets the oldest: they are written, or will never be.</summary>
    public void Done(int entries)
    {
        for (; entries > 0; entries--)
            waiting.Dequeue();
    }
}
