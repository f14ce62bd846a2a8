namespace Nbpy.EmbeddedInflux.Storage;

/// <summary>Points of one table waiting in memory for DuckDB, column by column.</summary>
internal sealed class PointBuffer(MeasurementTable table)
{
    private long[] _times = new long[64];
    private Series[] _series = new Series[64];
    private readonly List<Column> _columns = [];

    public MeasurementTable Table { get; } = table;

    public int Count { get; private set; }

    public ReadOnlySpan<long> Times => _times.AsSpan(0, Count);

    public ReadOnlySpan<Series> SeriesOfRows => _series.AsSpan(0, Count);

    public int AddRow(Series series, long time)
    {
        if (Count == _times.Length)
        {
            Array.Resize(ref _times, Count * 2);
            Array.Resize(ref _series, Count * 2);
        }

        _times[Count] = time;
        _series[Count] = series;
        return Count++;
    }

    public void Set(int row, int field, long bits, string? text)
    {
        while (_columns.Count <= field)
            _columns.Add(new Column());
        _columns[field].Set(row, _times.Length, bits, text);
    }

    /// <summary>Which of some rows have the field; shorter than asked for when none of the last ones has it.</summary>
    public ReadOnlySpan<bool> Has(int field, int first, int rows) => field < _columns.Count ? _columns[field].Has(first, rows) : [];

    /// <summary>The values of rows of a field that is no string.</summary>
    public ReadOnlySpan<long> Bits(int field, int first, int rows) => field < _columns.Count ? _columns[field].Bits(first, rows) : [];

    /// <summary>The values of rows of a string field.</summary>
    public ReadOnlySpan<string?> Texts(int field, int first, int rows) => field < _columns.Count ? _columns[field].Texts(first, rows) : [];

    /// <summary>Empties the buffer for reuse; its arrays stay.</summary>
    public void Clear()
    {
        Array.Clear(_series, 0, Count);
        foreach (var column in _columns)
            column.Clear();
        Count = 0;
    }

    /// <summary>The points with those of one series and time merged field by field, later ones winning.</summary>
    public PointBuffer Merged()
    {
        var merged = new PointBuffer(Table);
        var rows = new Dictionary<(string, long), int>(Count);
        for (var i = 0; i < Count; i++)
        {
            if (!rows.TryGetValue((_series[i].Key, _times[i]), out var row))
                rows.Add((_series[i].Key, _times[i]), row = merged.AddRow(_series[i], _times[i]));
            for (var f = 0; f < _columns.Count; f++)
            {
                if (_columns[f].Get(i, out var bits, out var text))
                    merged.Set(row, f, bits, text);
            }
        }

        return merged;
    }

    private sealed class Column
    {
        private long[] _bits = [];
        private bool[] _has = [];
        private string?[]? _texts;

        public void Set(int row, int capacity, long bits, string? text)
        {
            if (row >= _has.Length)
            {
                Array.Resize(ref _has, capacity);
                if (text is null || _texts is null)
                    Array.Resize(ref _bits, capacity);
            }

            _has[row] = true;
            if (text is null)
            {
                if (row >= _bits.Length)
                    Array.Resize(ref _bits, capacity);
                _bits[row] = bits;
                return;
            }

            if (_texts is null || row >= _texts.Length)
                Array.Resize(ref _texts, capacity);
            _texts[row] = text;
        }

        public ReadOnlySpan<bool> Has(int first, int rows) => Rows(_has, first, rows);

        public ReadOnlySpan<long> Bits(int first, int rows) => Rows(_bits, first, rows);

        public ReadOnlySpan<string?> Texts(int first, int rows) => Rows(_texts ?? [], first, rows);

        public void Clear()
        {
            Array.Clear(_has);
            if (_texts is not null)
                Array.Clear(_texts);
        }

        public bool Get(int row, out long bits, out string? text)
        {
            bits = 0;
            text = null;
            if (row >= _has.Length || !_has[row])
                return false;
            if (row < _bits.Length)
                bits = _bits[row];
            if (_texts is not null && row < _texts.Length)
                text = _texts[row];
            return true;
        }

        private static ReadOnlySpan<T> Rows<T>(T[] all, int first, int rows)
            => first >= all.Length ? [] : all.AsSpan(first, Math.Min(rows, all.Length - first));
    }
}
