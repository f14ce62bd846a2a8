using System.Globalization;
using System.Text;
using Nbpy.Grafana;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Viewer.Store;

/// <summary>The two questions the page asks: plain InfluxQL, bounded in time and rows, that every 1.x store answers.</summary>
public static class MeasurementQueries
{
    /// <summary>How far back the newest values are looked for.</summary>
    public const string LatestWindow = "1h";

    /// <summary>Most rows of one series in one answer.</summary>
    public const int MaxRows = 3000;

    /// <summary>The newest row of every series.</summary>
    public static string Latest(InfluxDbConfig store, MeasurementConfig measurement) =>
        $"SELECT {Fields(measurement)} FROM {InfluxQl.FullSource(store, measurement)} WHERE time > now() - {LatestWindow} GROUP BY * ORDER BY time DESC LIMIT 1";

    /// <summary>Rows of the last five minutes, or after a time, newest first.</summary>
    /// <param name="store">The store.</param>
    /// <param name="measurement">A configured measurement.</param>
    /// <param name="tags">Values that tags must have; the names must be configured or <c>source</c>.</param>
    /// <param name="sinceMs">Only rows after this time, milliseconds since the Unix epoch; null for five minutes.</param>
    public static string Series(
        InfluxDbConfig store, MeasurementConfig measurement, IEnumerable<KeyValuePair<string, string>> tags, long? sinceMs)
    {
        var query = new StringBuilder($"SELECT {Fields(measurement)} FROM {InfluxQl.FullSource(store, measurement)} WHERE time > now() - 5m");
        if (sinceMs is { } since)
            query.Append(CultureInfo.InvariantCulture, $" AND time > {since}ms");
        foreach (var (name, value) in tags)
            query.Append(CultureInfo.InvariantCulture, $" AND {InfluxQl.Name(name)} = {InfluxQl.Text(value)}");
        return query.Append(CultureInfo.InvariantCulture, $" GROUP BY * ORDER BY time DESC LIMIT {MaxRows}").ToString();
    }

    private static string Fields(MeasurementConfig measurement) => string.Join(", ", measurement.Fields.Select(InfluxQl.Name));
}
