using Nbpy.EmbeddedInflux.InfluxQl.Syntax;
using Nbpy.EmbeddedInflux.Storage;

namespace Nbpy.EmbeddedInflux.InfluxQl.Execution;

internal sealed partial class ShowRunner
{
    private readonly TagFilter _filter = new();

    /// <summary>Series in memory by measurement: values in the order of its sorted tags, empty where a series lacks one.</summary>
    private readonly Dictionary<string, List<string[]>> _known = [];

    // Of very many measurements nobody wants to ask DuckDB one by one.
    private async Task LoadKnownAsync(ShowStatement show, string db, IReadOnlyList<MeasurementSchema> schemas, IReadOnlyList<Relation> relations)
    {
        var asksSeries = show.Where is not null
            || show.Kind is ShowKind.Series or ShowKind.SeriesCardinality or ShowKind.TagValues or ShowKind.TagValuesCardinality;
        if (!asksSeries || show.Where?.Flatten().Any(Condition.IsTime) == true)
            return;
        var known = await store.KnownSeriesAsync(db, schemas, cancellationToken).ConfigureAwait(false);
        var byName = schemas.DistinctBy(s => s.Table).ToLookup(s => s.Name);
        foreach (var relation in relations)
        {
            var parts = byName[relation.Name].ToList();
            if (!parts.TrueForAll(p => known.ContainsKey(p.Table)))
                continue;
            var tags = Tags(relation);
            var series = parts.SelectMany(p =>
            {
                var places = tags.ConvertAll(p.PlaceOf);
                return known[p.Table].Select(values => places.Select(i => i < 0 ? "" : values[i] ?? "").ToArray());
            });
            _known.Add(relation.Name, [.. parts.Count == 1 ? series : series.DistinctBy(values => string.Join('\0', values))]);
        }
    }

    private static List<string> Tags(Relation relation) => [.. relation.Tags.Order(StringComparer.Ordinal)];

    /// <summary>The series in memory that fit; null where DuckDB must be asked.</summary>
    private List<string[]>? Known(ShowStatement show, Relation relation)
    {
        if (!_known.TryGetValue(relation.Name, out var series))
            return null;
        var condition = Condition.Of(ShowCondition.Of(show, relation), now, TimeZoneInfo.Utc);
        if (condition.Range != TimeRange.All)
            return null;
        if (condition.Rest is not { } rest)
            return series;
        var tags = Tags(relation);
        var fitting = new List<string[]>();
        foreach (var values in series)
        {
            if (_filter.Fits(relation, rest, tag => tags.IndexOf(tag) is var i and >= 0 ? values[i] : "") is not { } fits)
                return null;
            if (fits)
                fitting.Add(values);
        }

        return fitting;
    }
}
