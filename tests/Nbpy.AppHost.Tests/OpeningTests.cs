using Nbpy.AppHost.Publishing;
using Nbpy.Hosting;
using Nbpy.Hosting.ApplicationModel;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.AppHost.Tests;

/// <summary>Nothing is reachable from another machine unless the configuration opens it, with a password of its own.</summary>
public sealed class OpeningTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("nbpy-opening-").FullName;

    [Theory]
    [InlineData("127.0.0.1", null, false)]
    [InlineData("0.0.0.0", null, true)]
    [InlineData("127.0.0.1", "published", true)]
    public void A_Grafana_in_a_container_is_on_loopback_unless_bind_host_opens_it_or_it_is_published(string bindHost, string? output, bool isExternal)
    {
        var options = new HostOptions(SourceKind.Simulated, PartMode.Embedded, PartMode.Container, ExitAfterValidation: false, output is null ? null : Path.Combine(folder, output));
        var grafana = DistributedApplication.CreateBuilder(options.BuilderArguments).AddContainer("grafana", "grafana/grafana", "1").WithHttpEndpoint(port: 3000, targetPort: 3000, name: "http");
        GrafanaExtensions.Open(grafana, Config(bindHost, "chosen-by-somebody"), options);
        Assert.Equal(isExternal, Assert.Single(grafana.Resource.Annotations.OfType<EndpointAnnotation>()).IsExternal);
    }

    [Theory]
    [InlineData("0.0.0.0", "admin123", PartMode.Container, false)]
    [InlineData("0.0.0.0", "admin123", PartMode.Embedded, false)]
    [InlineData("0.0.0.0", "admin123", PartMode.External, true)]
    [InlineData("0.0.0.0", "chosen-by-somebody", PartMode.Container, true)]
    [InlineData("127.0.0.1", "admin123", PartMode.Container, true)]
    public void Opening_the_dashboards_with_a_password_that_everybody_knows_is_refused_before_anything_starts(string bindHost, string password, PartMode mode, bool isTaken)
    {
        var refusal = PublishChecks.Refusal(
            Config(bindHost, password), new HostOptions(SourceKind.Simulated, PartMode.Embedded, mode, ExitAfterValidation: false, OutputPath: null));
        if (isTaken)
            Assert.Null(refusal);
        else
            Assert.Contains("GRAFANA_ADMIN_PASSWORD", refusal, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private IntegrationConfig Config(string bindHost, string password)
    {
        var config = ConfigurationLoader.Load(Path.Combine(Nbpy.Shared.Tests.Shell.Root, "integration_config.json"));
        return config with
        {
            System = config.System with { BindHost = bindHost, DataDir = folder }, Grafana = config.Grafana with { AdminPassword = password },
        };
    }
}
