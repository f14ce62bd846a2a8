using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Grafana;

/// <summary>Quoting of names and values in InfluxQL (InfluxData, "InfluxQL reference": identifiers and strings).</summary>
public static class InfluxQl
{
    /// <summary>A name in double quotes.</summary>
    public static string Name(string name) => "\"" + Escape(name).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";

    /// <summary>A value in single quotes.</summary>
    public static string Text(string value) => "'" + Escape(value).Replace("'", "\\'", StringComparison.Ordinal) + "'";

    /// <summary><c>"policy"."measurement"</c>: a measurement outside the default policy is only found by its policy's name.</summary>
    public static string Source(InfluxDbConfig store, MeasurementConfig measurement) =>
        PolicyOf(store, measurement) is { } policy ? $"{Name(policy)}.{Name(measurement.Name)}" : Name(measurement.Name);

    /// <summary><c>"database"."policy"."measurement"</c>.</summary>
    public static string FullSource(InfluxDbConfig store, MeasurementConfig measurement) =>
        PolicyOf(store, measurement) is { } policy
            ? $"{Name(store.Database)}.{Name(policy)}.{Name(measurement.Name)}"
            : $"{Name(store.Database)}..{Name(measurement.Name)}";

    private static string? PolicyOf(InfluxDbConfig store, MeasurementConfig measurement) =>
        measurement.RetentionPolicy ?? store.RetentionPolicies.FirstOrDefault(p => p.Default)?.Name;

    private static string Escape(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
