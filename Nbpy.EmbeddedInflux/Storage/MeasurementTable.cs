namespace Nbpy.EmbeddedInflux.Storage;

/// <summary>One measurement of one retention policy, and the DuckDB table that holds it. Guarded by the store's write lock.</summary>
internal sealed class MeasurementTable(long id, string database, string policy, string name)
{
    private readonly List<(byte[] Key, int Position)> _lastLine = [];
    private bool _isGone;

    public long Id { get; } = id;

    public string Database { get; } = database;

    public string Policy { get; } = policy;

    public string Name { get; } = name;

    /// <summary>The quoted SQL name.</summary>
    public string Sql => $"main.m{Id}";

    public List<string> Tags { get; } = [];

    public List<(string Name, FieldType Type)> Fields { get; } = [];

    /// <summary>The columns DuckDB's table has after <c>time</c>, in its order: tags and fields by their position here.
    /// Touched only by who holds the store's DuckDB gate; null: the table is not there yet.</summary>
    public List<(bool IsTag, int Position)>? Columns { get; set; }

    /// <summary>Bounds of the times a series not seen since the start may already have.</summary>
    public long SeedMinTime { get; set; } = long.MaxValue;

    public long SeedMaxTime { get; set; } = long.MinValue;

    public long MinTime { get; set; } = long.MaxValue;

    public long MaxTime { get; set; } = long.MinValue;

    /// <summary>Whether the catalog has that range as of the last close.</summary>
    public bool HasSavedTimes { get; set; }

    public KnownSeries Known { get; set; } = new(complete: true);

    /// <summary>The last of DuckDB's checkpoints that was before points came here; 0: the table is new, below: it was there at the start.</summary>
    public int Checkpoint { get; set; }

    /// <summary>Whether points or columns wait for DuckDB.</summary>
    public bool IsDirty { get; set; }

    /// <summary>Whether it is dropped: a flush leaves it out.</summary>
    public bool IsGone
    {
        get => Volatile.Read(ref _isGone);
        set => Volatile.Write(ref _isGone, value);
    }

    /// <summary>Points newer (or older) than everything their series holds.</summary>
    public PointBuffer? Fresh { get; set; }

    /// <summary>An emptied buffer for the next <see cref="Fresh"/>: what grows once is not grown again with every flush.</summary>
    public PointBuffer? Spare { get; set; }

    /// <summary>Points that may replace a stored one.</summary>
    public PointBuffer? Upserts { get; set; }

    /// <summary>Field positions by their raw key in line protocol.</summary>
    public Dictionary<byte[], int> FieldsByRawKey { get; } = new(BytesComparer.Instance);

    /// <summary>The position of a field, which mostly is the field that stood at this place of the last line.</summary>
    /// <param name="place">The field's place in its line.</param>
    /// <param name="rawKey">Its key in line protocol.</param>
    /// <param name="position">Its position in <see cref="Fields"/>.</param>
    public bool TryGetField(int place, ReadOnlySpan<byte> rawKey, out int position)
    {
        if (place < _lastLine.Count && rawKey.SequenceEqual(_lastLine[place].Key))
        {
            position = _lastLine[place].Position;
            return true;
        }

        if (!FieldsByRawKey.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(rawKey, out var key, out position))
            return false;
        if (place < _lastLine.Count)
            _lastLine[place] = (key, position);
        else if (place == _lastLine.Count)
            _lastLine.Add((key, position));
        return true;
    }

    public int Tag(string name)
    {
        var i = Tags.IndexOf(name);
        if (i >= 0)
            return i;
        Tags.Add(name);
        return Tags.Count - 1;
    }

    public MeasurementSchema Schema()
        => new(Name, Sql, [.. Tags.Order(StringComparer.Ordinal)], Fields.ToDictionary(f => f.Name, f => f.Type));
}
