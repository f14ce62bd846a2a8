using System.Globalization;
using Nbpy.EmbeddedInflux.Storage;

namespace Nbpy.EmbeddedInflux.InfluxQl;

/// <summary>InfluxQL's aggregates and selectors as SQL over the rows of a group.</summary>
internal static class Aggregates
{
    private static readonly HashSet<string> Plain = new(StringComparer.Ordinal) { "count", "sum", "mean", "median", "mode", "spread", "stddev" };
    private static readonly HashSet<string> Select = new(StringComparer.Ordinal) { "first", "last", "max", "min", "percentile" };

    private static readonly HashSet<string> Known = new(StringComparer.Ordinal)
    {
        "distinct", "integral", "top", "bottom", "sample", "derivative", "non_negative_derivative", "difference", "non_negative_difference", "cumulative_sum",
        "moving_average", "elapsed", "holt_winters",
    };

    /// <summary>True for a function that makes one value of many.</summary>
    public static bool IsAggregate(string name) => Plain.Contains(name) || Select.Contains(name) || Known.Contains(name);

    /// <summary>True for one whose value is a point's, with the point's time.</summary>
    public static bool IsSelector(string name) => Select.Contains(name);

    /// <summary>True for one that works on text and booleans too.</summary>
    public static bool TakesAnyType(string name) => name is "count" or "first" or "last" or "mode" or "distinct";

    /// <exception cref="StatementException">The function is not known, or not supported yet.</exception>
    public static string Sql(Call call, MeasurementSchema schema)
    {
        if (call is { Name: "count", Args: [Call { Name: "distinct", Args: [Reference inner] }] })
            return $"count(DISTINCT {Column(inner, schema)})";
        if (!Plain.Contains(call.Name) && !Select.Contains(call.Name))
            throw new StatementException(Known.Contains(call.Name) ? $"{call.Name}() is not supported by the embedded store yet" : $"undefined function {call.Name}()");
        var wanted = call.Name == "percentile" ? 2 : 1;
        if (call.Args.Count != wanted)
            throw new StatementException($"invalid number of arguments for {call.Name}, expected {wanted}, got {call.Args.Count}");
        if (call.Args[0] is not Reference reference)
            throw new StatementException($"expected field argument in {call.Name}()");
        var column = Column(reference, schema);
        if (column == "NULL")
            return call.Name == "count" ? "count(NULL)" : "NULL";
        if (!TakesAnyType(call.Name) && schema.Fields[reference.Name] is FieldType.String or FieldType.Boolean)
            throw new StatementException($"unsupported {call.Name} iterator type: {(schema.Fields[reference.Name] == FieldType.String ? "string" : "boolean")}");
        return call.Name switch
        {
            "count" => $"count({column})",
            "sum" => schema.Fields[reference.Name] == FieldType.Integer ? $"sum({column})::BIGINT" : $"sum({column})",
            "mean" => $"avg({column})",
            "median" => $"median({column})::DOUBLE",
            "mode" => $"mode({column})",
            "spread" => $"(max({column}) - min({column}))",
            "stddev" => $"stddev_samp({column})",
            "first" => $"arg_min({column}, time)",
            "last" => $"arg_max({column}, time)",
            "percentile" => AtSelected(call, column, schema),
            _ => $"{call.Name}({column})",
        };
    }

    /// <summary>SQL for another column of the point that a selector picked; the time when <paramref name="column"/> is <c>time</c>.</summary>
    public static string AtSelected(Call selector, string column, MeasurementSchema schema)
    {
        var field = Column((Reference)selector.Args[0], schema);
        var filter = $"FILTER (WHERE {field} IS NOT NULL)";
        return selector.Name switch
        {
            "first" => $"arg_min_null({column}, time) {filter}",
            "last" => $"arg_max_null({column}, time) {filter}",
            "max" => $"arg_min_null({column}, {{'a': -{field}, 'b': time}}) {filter}",
            "min" => $"arg_min_null({column}, {{'a': {field}, 'b': time}}) {filter}",

            // The nearest rank, as InfluxDB counts it.
            _ => $"list_sort(list({{'a': {field}, 'b': time, 'c': {column}}}) {filter})[floor(count({field}) * {Percent(selector)} / 100.0 + 0.5)::BIGINT].c",
        };
    }

    private static string Column(Reference reference, MeasurementSchema schema) =>
        schema.Fields.ContainsKey(reference.Name) ? MeasurementSchema.FieldColumn(reference.Name) : "NULL";

    private static string Percent(Call call) => call.Args[1] switch
    {
        Literal { Value: long v } => v.ToString(CultureInfo.InvariantCulture),
        Literal { Value: double v } => v.ToString("R", CultureInfo.InvariantCulture),
        _ => throw new StatementException("expected float argument in percentile()"),
    };
}
