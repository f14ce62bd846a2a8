using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Grafana;

/// <summary>What the pages of one measurement are made from.</summary>
/// <param name="Config">The whole configuration.</param>
/// <param name="Measurement">The measurement.</param>
/// <param name="Queries">Its questions, filtered by the page's variables.</param>
internal sealed record DashboardContext(IntegrationConfig Config, MeasurementConfig Measurement, Queries Queries)
{
    /// <summary>The variables, of a kind's own choice after the instrument's.</summary>
    public List<Variable> Variables { get; } = [];

    public bool Has(string field) => Measurement.Fields.Contains(field);

    /// <summary>Questions to the measurement's downsampled points; null where it is not downsampled.</summary>
    public Queries? Downsampled()
    {
        var plan = Config.Downsampling;
        var policy = Config.InfluxDb.RetentionPolicies.FirstOrDefault(p => p.Name == plan.RetentionPolicy);
        return plan.Enabled && policy is not null && plan.Measurements.ContainsKey(Measurement.Name)
            ? new Queries($"{InfluxQl.Name(policy.Name)}.{InfluxQl.Name($"{Measurement.Name}_{plan.Interval}")}", [.. MeasurementKinds.InstrumentTagsOf(Measurement).Select(Queries.Single), Queries.Single("source")])
            : null;
    }
}
