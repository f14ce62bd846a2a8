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

    /// <summary>Ranges longer than this are read from downsampled points but for their newest part.</summary>
    public const string Recent = "6h";

    /// <summary>The newest part of the range, which is read from the points as they came.</summary>
    public const string IsRecent = "time >= ${__to}ms - " + Recent;

    /// <summary>What is before <see cref="IsRecent"/>.</summary>
    public const string IsOlder = "time < ${__to}ms - " + Recent;

    /// <summary>The same questions with one more condition.</summary>
    public Queries Where(string condition) => new(source, [.. filters, condition]);

    /// <summary>A series per value of a tag (or one), in buckets.</summary>
    public string Over(string select, string bucket = Fine, string? by = null, string fill = "none") => Over(select, bucket, by is null ? [] : (string[])[by], fill);

    /// <summary>A series per value of several tags, in buckets.</summary>
    public string Over(string select, string bucket, IEnumerable<string> by, string fill = "none") =>
        $"SELECT {select} {From} GROUP BY time({bucket}){string.Concat(by.Select(tag => ", " + InfluxQl.Name(tag)))} fill({fill})";

    /// <summary>What is made of the fields of each point, added up in buckets, a series per value of a tag.</summary>
    /// <param name="each">For example <c>"price" * "amount"</c>.</param>
    /// <param name="name">What the sum is called.</param>
    /// <param name="bucket">Width of a bucket.</param>
    /// <param name="by">The tag.</param>
    public string SumOver(string each, string name, string bucket, string by) =>
        $"SELECT sum({InfluxQl.Name(name)}) AS {InfluxQl.Name(name)} FROM (SELECT {each} AS {InfluxQl.Name(name)} {From} GROUP BY {InfluxQl.Name(by)}) WHERE $timeFilter GROUP BY time({bucket}), {InfluxQl.Name(by)} fill(none)";

    /// <summary>How many points in each bucket of so many minutes or seconds, the last of which ends where the range ends: none is counted
    /// before it is over.</summary>
    /// <param name="select">What is counted, for example <c>count("bid") AS "quotes"</c>.</param>
    /// <param name="bucket">Width of a bucket.</param>
    public string Counts(string select, string bucket) => $"SELECT {select} {From} GROUP BY time({bucket}, ${{__to}}ms) fill(none)";

    /// <summary>The newest value of each series of a tag, added up: one row.</summary>
    /// <param name="select">Of the columns of <paramref name="last"/>.</param>
    /// <param name="last">What is taken of each series, for example <c>last("size") AS "s"</c>.</param>
    /// <param name="by">The tag.</param>
    public string Total(string select, string last, string by) => $"SELECT {select} FROM (SELECT {last} {From} GROUP BY {InfluxQl.Name(by)}) WHERE $timeFilter";

    /// <summary>What the series of a tag say together, bucket by bucket: of each its newest value, then these added up.</summary>
    public string TotalOver(string field, string by, string bucket) =>
        $"SELECT sum({InfluxQl.Name(field)}) AS {InfluxQl.Name(field)} FROM (SELECT last({InfluxQl.Name(field)}) AS {InfluxQl.Name(field)} {From} GROUP BY time({bucket}), {InfluxQl.Name(by)} fill(none)) WHERE $timeFilter GROUP BY time({bucket}) fill(none)";

    /// <summary>How far counters rose in each bucket, each by itself and then added up. A counter that starts again at 0 takes nothing off.</summary>
    public string Risen(IEnumerable<string> fields, string by, string bucket)
    {
        var names = fields.Select(InfluxQl.Name).ToList();
        return $"SELECT {string.Join(", ", names.Select(n => $"sum({n}) AS {n}"))} FROM (SELECT {string.Join(", ", names.Select(n => $"non_negative_difference({n}) AS {n}"))} {From} GROUP BY {InfluxQl.Name(by)}) WHERE $timeFilter GROUP BY time({bucket}) fill(none)";
    }

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
