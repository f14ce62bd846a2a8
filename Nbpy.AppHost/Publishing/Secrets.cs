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

    /// <summary>Null: the account that writes reads too, as the configuration has it. What is published has a reader of its own.</summary>
    public IResourceBuilder<ParameterResource>? InfluxDbReaderPassword { get; } =
        config.InfluxDb.ReaderPassword is not null || builder.ExecutionContext.IsPublishMode
            ? builder.AddParameter("influxdb-reader-password", config.InfluxDb.ReaderPassword ?? "", secret: true) : null;

    public IResourceBuilder<ParameterResource> GrafanaAdminPassword { get; } =
        builder.AddParameter("grafana-admin-password", config.Grafana.AdminPassword, secret: true);

    /// <summary>Gives a resource the accounts that make the others and are made.</summary>
    public IResourceBuilder<ProjectResource> ForSetUp(IResourceBuilder<ProjectResource> resource) => ForReader(resource)
        .WithEnvironment("INFLUXDB_PASSWORD", InfluxDbPassword)
        .WithEnvironment("INFLUXDB_ADMIN_PASSWORD", InfluxDbAdminPassword);

    /// <summary>Gives a resource the account that reads the store.</summary>
    public IResourceBuilder<ProjectResource> ForReader(IResourceBuilder<ProjectResource> resource) => InfluxDbReaderPassword is { } password
        ? resource.WithEnvironment("INFLUXDB_READER_PASSWORD", password)
        : resource.WithEnvironment("INFLUXDB_PASSWORD", InfluxDbPassword);
}
