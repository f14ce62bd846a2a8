namespace Nbpy.Grafana;

/// <summary>The InfluxQL of one measurement's panels, filtered by the dashboard's variables and time range.</summary>
/// <param name="source"><c>"policy"."measurement"</c>.</param>
/// <param name="filters">Conditions of the variables, see <see cref="Single"/> and <see cref="Several"/>.</param>
internal sealed class Queries(string source, IReadOnlyList<string> filters)
{
    /// <summary>Grafana's bucket: about one per pixel of the panel.</summary>
    public const string Fine = "$__interval";

    /// <summary>The bucket that the person chose.</summary>
    public const string Chosen = "$interval";

    /// <summary>Exactly the chosen value.</summary>
    public static string Single(string tag) => $"{InfluxQl.Name(tag)} = '${tag}'";

    /// <summary>Any of the chosen values: Grafana writes several as <c>(a|b)</c>.</summary>
    public static string Several(string tag) => $"{InfluxQl.Name(tag)} =~ /^${tag}$/";

    /// <summary>The same questions with one more condition.</summary>
    public Queries Where(string condition) => new(source, [.. filters, condition]);

    /// <summary>A series per value of a tag (or one), in buckets.</summary>
    public string Over(string select, string bucket = Fine, string? by = null, string fill = "none") =>
        $"SELECT {select} {From} GROUP BY time({bucket}){(by is null ? "" : ", " + InfluxQl.Name(by))} fill({fill})";

    /// <summary>How fast a counter rises, per second: between points as they are, so that the newest bucket, which is not full yet, does not
    /// look like a fall.</summary>
    public string Rate(string field, string by) =>
        $"SELECT mean({InfluxQl.Name(field)}) AS {InfluxQl.Name(field)} FROM (SELECT non_negative_derivative({InfluxQl.Name(field)}, 1s) AS {InfluxQl.Name(field)} {From} GROUP BY {InfluxQl.Name(by)}) WHERE $timeFilter GROUP BY time({Fine}), {InfluxQl.Name(by)} fill(none)";

    /// <summary>One row, or a row per value of a tag, over the whole range.</summary>
    public string Now(string select, string? by = null) => $"SELECT {select} {From}{(by is null ? "" : " GROUP BY " + InfluxQl.Name(by))}";

    /// <summary>The mean of each field, by its own name.</summary>
    public string Mean(IEnumerable<string> fields, string bucket = Fine, string? by = null) =>
        Over(string.Join(", ", fields.Select(f => $"mean({InfluxQl.Name(f)}) AS {InfluxQl.Name(f)}")), bucket, by);

    /// <summary>The newest value, with its course for the small line.</summary>
    public string Last(string field) => Over($"last({InfluxQl.Name(field)}) AS {InfluxQl.Name(field)}");

    /// <summary>Points as they are, newest first.</summary>
    public string Rows(IEnumerable<string> columns, int limit = 50) =>
        $"SELECT {string.Join(", ", columns.Select(InfluxQl.Name))} {From} ORDER BY time DESC LIMIT {limit}";

    private string From => $"FROM {source} WHERE $timeFilter{string.Concat(filters.Select(f => " AND " + f))}";
}
