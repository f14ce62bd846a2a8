namespace Nbpy.EmbeddedInflux.Storage;

/// <summary>The series of one table, kept while they are few: nobody then has to ask each of very many tables. Deleting points puts a new
/// one in its place, which DuckDB fills when it is asked for. Guarded by the store's write lock.</summary>
/// <param name="complete">Whether the table has none yet; otherwise DuckDB has to tell.</param>
internal sealed class KnownSeries(bool complete)
{
    /// <summary>A table with more series than this is asked each time.</summary>
    public const int Most = 100;

    private List<string?[]>? _tags = complete ? [] : null;

    /// <summary>Their tag values by the table's tag order, those at the end may be missing; null: DuckDB has to be asked.</summary>
    public IReadOnlyList<string?[]>? Tags => _tags;

    public bool AreTooMany { get; private init; }

    /// <summary>How often a series came: what DuckDB told before is not all any more.</summary>
    public int Changes { get; private set; }

    public void Add(string?[] tags)
    {
        Changes++;
        if (_tags is null || _tags.Exists(t => Same(t, tags)))
            return;
        if (_tags.Count < Most)
            _tags.Add(tags);
        else
            _tags = null;
    }

    /// <summary>Takes what DuckDB told when <see cref="Changes"/> was <paramref name="changes"/>.</summary>
    public void Fill(List<string?[]> tags, int changes)
    {
        if (changes == Changes)
            _tags = tags;
    }

    /// <summary>What stands in its place where DuckDB has to tell again, or has told of too many.</summary>
    public KnownSeries Unknown(bool tooMany = false) => new(false) { AreTooMany = AreTooMany || tooMany };

    private static bool Same(string?[] a, string?[] b)
    {
        var length = Math.Min(a.Length, b.Length);
        return a.AsSpan(0, length).SequenceEqual(b.AsSpan(0, length))
            && !a.AsSpan(length).ContainsAnyExcept((string?)null) && !b.AsSpan(length).ContainsAnyExcept((string?)null);
    }
}
