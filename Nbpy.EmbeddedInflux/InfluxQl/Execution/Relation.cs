using Nbpy.EmbeddedInflux.Storage;

namespace Nbpy.EmbeddedInflux.InfluxQl.Execution;

/// <summary>Rows of one measurement name that a SELECT reads: tables, or what a subquery answered.</summary>
/// <param name="Name">The measurement.</param>
/// <param name="Sql">What stands in FROM; columns as <see cref="MeasurementSchema"/> says.</param>
internal sealed record Relation(string Name, string Sql, IReadOnlySet<string> Tags, IReadOnlyDictionary<string, FieldType> Fields)
{
    /// <summary>Whether it is one table of the store, in which a series has one point of a time.</summary>
    public bool IsTable { get; init; }

    /// <summary>True for a subquery's answer: its tags may stand where fields must, and rows without a value are rows.</summary>
    public bool Subquery { get; init; }

    private IReadOnlyDictionary<string, FieldType> StatementFields { get; init; } = new Dictionary<string, FieldType>();

    /// <summary>The type of a field that other measurements of the statement have and this one has not: in a condition it is a field here too.</summary>
    public FieldType? OthersField(string name) =>
        !Fields.ContainsKey(name) && !Tags.Contains(name) && StatementFields.TryGetValue(name, out var type) ? type : null;

    /// <summary>Tells each what fields the others have.</summary>
    public static IReadOnlyList<Relation> WithOthersFields(IReadOnlyList<Relation> relations)
    {
        if (relations.Count < 2)
            return relations;
        var fields = relations.SelectMany(r => r.Fields).GroupBy(f => f.Key).ToDictionary(g => g.Key, g => g.Min(f => f.Value));
        return [.. relations.Select(r => r with { StatementFields = fields })];
    }

    public static Relation Of(MeasurementSchema schema) =>
        new(schema.Name, schema.Table, schema.Tags.ToHashSet(), schema.Fields) { IsTable = true };

    /// <summary>One relation per name, sorted by name.</summary>
    public static IReadOnlyList<Relation> Merge(IEnumerable<Relation> relations) =>
        [.. relations.GroupBy(r => r.Name).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => Union(g.DistinctBy(r => r.Sql).ToList()))];

    private static Relation Union(List<Relation> parts)
    {
        if (parts.Count == 1)
            return parts[0];
        var fields = new Dictionary<string, FieldType>();
        foreach (var (name, type) in parts.SelectMany(p => p.Fields))
            fields[name] = fields.TryGetValue(name, out var known) && known < type ? known : type;
        var tags = parts.SelectMany(p => p.Tags).ToHashSet();
        var selects = parts.Select(p => "SELECT " + string.Join(", ",
            tags.Select(t => p.Tags.Contains(t) ? MeasurementSchema.TagColumn(t) : $"NULL::VARCHAR AS {MeasurementSchema.TagColumn(t)}")
                .Concat(fields.Select(f => FieldOf(p, f.Key, f.Value)))
                .Prepend("time")) + " FROM " + p.Sql);
        return new Relation(parts[0].Name, "(" + string.Join(" UNION ALL ", selects) + ")", tags, fields) { Subquery = parts.Exists(p => p.Subquery) };
    }

    // A field that has another type in this part is left out, but integers become floats.
    private static string FieldOf(Relation part, string name, FieldType type)
    {
        var column = MeasurementSchema.FieldColumn(name);
        var fits = part.Fields.TryGetValue(name, out var own)
            && (own == type || own == FieldType.Integer && type == FieldType.Float);
        return $"{(fits ? column : "NULL")}::{SqlType(type)} AS {column}";
    }

    public static string SqlType(FieldType type) => type switch
    {
        FieldType.Float => "DOUBLE",
        FieldType.Integer => "BIGINT",
        FieldType.String => "VARCHAR",
        _ => "BOOLEAN",
    };
}
