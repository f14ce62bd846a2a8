using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Grafana;

/// <summary>The InfluxQL of the panels, filtered by the dashboard's variables and time range.</summary>
internal sealed class PanelQueries(string source, IReadOnlyList<string> tags)
{
    private readonly string _from =
        $"FROM {source} WHERE $timeFilter" + string.Concat(tags.Select(t => $" AND {InfluxQl.Name(t)} = '${t}'"));

    public string Mean(IEnumerable<string> fields, string? by = null) =>
        $"SELECT {string.Join(", ", fields.Select(f => $"mean({InfluxQl.Name(f)}) AS {InfluxQl.Name(f)}"))} {_from} {Buckets("$__interval", by)} fill(none)";

    public string Last(string field) => $"SELECT last({InfluxQl.Name(field)}) AS {InfluxQl.Name(field)} {_from} {Buckets("$__interval")} fill(none)";

    public string Best(string function, string field) => $"SELECT {function}({InfluxQl.Name(field)}) AS {InfluxQl.Name(field)} {_from} {Buckets("$__interval")} fill(none)";

    public string Spread(string low, string high) =>
        $"SELECT mean({InfluxQl.Name(high)}) - mean({InfluxQl.Name(low)}) AS \"spread\" {_from} {Buckets("$__interval")} fill(none)";

    public string Count(string field) => $"SELECT count({InfluxQl.Name(field)}) AS \"points\" {_from} {Buckets("1m")} fill(0)";

    public string CountBy(string field, string by) => $"SELECT count({InfluxQl.Name(field)}) AS \"orders\" {_from} {Buckets("10s", by)} fill(0)";

    public string Rows(MeasurementConfig measurement) =>
        $"SELECT {string.Join(", ", measurement.Fields.Concat(measurement.Tags).Select(InfluxQl.Name))} {_from} ORDER BY time DESC LIMIT 100";

    private static string Buckets(string interval, string? by = null) =>
        $"GROUP BY time({interval})" + (by is null ? "" : ", " + InfluxQl.Name(by));
}
