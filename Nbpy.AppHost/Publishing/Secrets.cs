using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.AppHost.Publishing;

/// <summary>What must not stand in a manifest: parameters, from <c>Parameters__NAME</c> or the configuration when running, from <c>.env</c>
/// when published.</summary>
internal sealed class Secrets(IDistributedApplicationBuilder builder, IntegrationConfig config)
{
    public IResourceBuilder<ParameterResource> InfluxDbAdminPassword { get; } =
        builder.AddParameter("influxdb-admin-password", config.InfluxDb.AdminPassword, secret: true);

    public IResourceBuilder<ParameterResource> InfluxDbPassword { get; } =
        builder.AddParameter("influxdb-password", config.InfluxDb.Password, secret: true);

    public IResourceBuilder<ParameterResource> GrafanaAdminPassword { get; } =
        builder.AddParameter("grafana-admin-password", config.Grafana.AdminPassword, secret: true);
}
