namespace Nbpy.EmbeddedInflux.InfluxQl.Execution;

/// <summary>Puts points of several series at one time into the order in which InfluxDB answers them. It merges the series of each shard with a binary
/// heap (Go's container/heap), which keeps no order among equals: who comes next depends on who came before.</summary>
/// <param name="timeAt">Where in a row its time is.</param>
/// <param name="keyAt">Where the series' key is.</param>
/// <param name="textsAt">What is compared, as long as it is text, where times are equal.</param>
/// <param name="shards">Where shards begin, in order.</param>
internal sealed class SeriesMerge(int timeAt, int keyAt, IReadOnlyList<int> textsAt, List<long> shards, bool descending)
{
    private readonly List<Run> _heap = [];

    /// <summary>What is left of a series.</summary>
    private sealed record Run(List<object?[]> Rows)
    {
        public int At { get; set; }

        public object?[] Row => Rows[At];
    }

    /// <param name="rows">Those of one group, by time.</param>
    public List<object?[]> Of(List<object?[]> rows)
    {
        if (!HasTies(rows))
            return rows;
        var merged = new List<object?[]>(rows.Count);
        var series = new Dictionary<string, Run>();
        for (var i = 0; i < rows.Count; i++)
        {
            if (i > 0 && Shard(rows[i]) != Shard(rows[i - 1]))
                Merge(series, merged);
            var key = (string)rows[i][keyAt]!;
            if (!series.TryGetValue(key, out var run))
                series[key] = run = new Run([]);
            run.Rows.Add(rows[i]);
        }

        Merge(series, merged);
        return merged;
    }

    private void Merge(Dictionary<string, Run> series, List<object?[]> merged)
    {
        var runs = series.OrderBy(s => s.Key, StringComparer.Ordinal).Select(s => s.Value);
        _heap.Clear();
        _heap.AddRange(descending ? runs.Reverse() : runs);
        for (var i = (_heap.Count / 2) - 1; i >= 0; i--)
            Down(i, _heap.Count);
        while (_heap.Count > 0)
        {
            var run = Pop();
            merged.Add(run.Row);
            if (++run.At < run.Rows.Count)
                Push(run);
        }

        series.Clear();
    }

    private bool HasTies(List<object?[]> rows)
    {
        for (var i = 1; i < rows.Count; i++)
        {
            if (Time(rows[i]) == Time(rows[i - 1]))
                return true;
        }

        return false;
    }

    private long Time(object?[] row) => (long)row[timeAt]!;

    private int Shard(object?[] row) => shards.BinarySearch(Time(row)) is var i && i < 0 ? ~i - 1 : i;

    private Run Pop()
    {
        var (top, last) = (_heap[0], _heap.Count - 1);
        _heap[0] = _heap[last];
        Down(0, last);
        _heap.RemoveAt(last);
        return top;
    }

    private void Push(Run run)
    {
        _heap.Add(run);
        var j = _heap.Count - 1;
        while ((j - 1) / 2 is var i && i != j && Less(j, i))
        {
            Swap(i, j);
            j = i;
        }
    }

    private void Down(int i, int n)
    {
        while ((2 * i) + 1 is var j && j < n)
        {
            if (j + 1 < n && Less(j + 1, j))
                j++;
            if (!Less(j, i))
                return;
            Swap(i, j);
            i = j;
        }
    }

    private void Swap(int i, int j) => (_heap[i], _heap[j]) = (_heap[j], _heap[i]);

    private bool Less(int i, int j)
    {
        var (x, y) = descending ? (_heap[j].Row, _heap[i].Row) : (_heap[i].Row, _heap[j].Row);
        if (Time(x) != Time(y))
            return Time(x) < Time(y);
        foreach (var at in textsAt)
        {
            if (x[at] is not string a || y[at] is not string b)
                return false;
            if (string.CompareOrdinal(a, b) is var order && order != 0)
                return order < 0;
        }

        return false;
    }
}
