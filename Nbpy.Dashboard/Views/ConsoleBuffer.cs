using Nbpy.Dashboard.Model;

namespace Nbpy.Dashboard.Views;

/// <summary>A line with whose it is.</summary>
public sealed record ConsoleRow(string Resource, ConsoleLine Line)
{
    /// <summary>What is searched: the line without its codes.</summary>
    public string Plain => AnsiText.Strip(Line.Text);
}

/// <summary>The lines that one viewer has before them: 100,000 and 24 MB at most, the oldest go first. Written by the followers, read by
/// the page; thread-safe.</summary>
internal sealed class ConsoleBuffer(int capacity = 100_000, long maxCharacters = 12L << 20)
{
    /// <summary>Dropping one at a time would move the whole list each time.</summary>
    private readonly int slice = Math.Max(1, capacity / 20);
    private readonly Lock gate = new();
    private readonly List<ConsoleRow> rows = [];
    private long characters;
    private long version;

    public long Version => Interlocked.Read(ref version);

    /// <summary>Lines that had to go.</summary>
    public long Dropped { get; private set; }

    public int Count
    {
        get
        {
            lock (gate)
                return rows.Count;
        }
    }

    public void Add(string resource, IReadOnlyList<ConsoleLine> lines)
    {
        lock (gate)
        {
            foreach (var line in lines)
            {
                rows.Add(new ConsoleRow(resource, line));
                characters += line.Text.Length;
                if (rows.Count > capacity || characters > maxCharacters)
                    DropSlice();
            }
        }

        Interlocked.Increment(ref version);
    }

    /// <summary>Sorts by time what came as backlog of several resources.</summary>
    public void SortByTime()
    {
        lock (gate)
        {
            var sorted = rows.OrderBy(r => r.Line.Time ?? DateTimeOffset.MinValue).ToList();
            rows.Clear();
            rows.AddRange(sorted);
        }

        Interlocked.Increment(ref version);
    }

    public void Clear()
    {
        lock (gate)
        {
            rows.Clear();
            characters = 0;
        }

        Interlocked.Increment(ref version);
    }

    /// <summary>The lines that hold the text, or all.</summary>
    public List<ConsoleRow> Find(string? text)
    {
        lock (gate)
            return string.IsNullOrEmpty(text) ? [.. rows] : rows.FindAll(r => r.Plain.Contains(text, StringComparison.OrdinalIgnoreCase));
    }

    private void DropSlice()
    {
        var count = Math.Min(slice, rows.Count - 1);
        for (var i = 0; i < count; i++)
            characters -= rows[i].Line.Text.Length;
        rows.RemoveRange(0, count);
        Dropped += count;
    }
}
