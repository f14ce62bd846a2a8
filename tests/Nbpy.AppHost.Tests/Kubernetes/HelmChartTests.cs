using k8s;
using k8s.Models;
using Nbpy.Hosting;
using Nbpy.Hosting.ApplicationModel;
using Nbpy.Hosting.Kubernetes.Resources;

namespace Nbpy.AppHost.Tests.Kubernetes;

/// <summary>The built-in host's Kubernetes environment, as any app host uses it: the chart's templates are Kubernetes' own objects, but for
/// expressions in their texts.</summary>
public sealed class HelmChartTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("nbpy-chart-").FullName;

    [Fact]
    public async Task Resources_become_templates_whose_values_stand_in_the_values_file()
    {
        var builder = Builder();
        builder.AddKubernetesEnvironment("kubernetes").WithProperties(e => e.DefaultImagePullPolicy = "Always");
        var password = builder.AddParameter("the-password", "planted-secret", secret: true);
        var store = builder.AddContainer("the-store", "store", "1.8").WithHttpEndpoint(port: 80, targetPort: 8086).WithVolume("data", "/var/lib/store");
        builder.AddContainer("api", "api", "2")
            .WithEnvironment("STORE", store.GetEndpoint("http")).WithEnvironment("PASSWORD", password)
            .WithEnvironment("URL", ReferenceExpression.Create($"http://user:{password}@{store.GetEndpoint("http").Property(EndpointProperty.Host)}"))
            .WithArgs("--flag", "true");
        await builder.Build().RunAsync(TestContext.Current.CancellationToken);

        Assert.True(File.Exists(Path.Combine(folder, "Chart.yaml")));
        var deployment = Read<V1Deployment>("api", "deployment");
        var container = Assert.Single(deployment.Spec.Template.Spec.Containers);
        Assert.Equal(("api:2", "Always"), (container.Image, container.ImagePullPolicy));
        Assert.Equal(["--flag", "true"], container.Args);
        Assert.Equal(["api-config", "api-secrets"], container.EnvFrom.Select(e => e.ConfigMapRef?.Name ?? e.SecretRef.Name));
        Assert.Equal("{{ .Values.config.api.STORE }}", Read<V1ConfigMap>("api", "config").Data["STORE"]);
        var secrets = Read<V1Secret>("api", "secrets").StringData;
        Assert.Equal("{{ .Values.secrets.api.the_password }}", secrets["PASSWORD"]);
        Assert.Equal("http://user:{{ .Values.secrets.api.the_password }}@the-store-service", secrets["URL"]);
        var service = Read<V1Service>("the-store", "service");
        Assert.Equal((80, "8086"), (service.Spec.Ports[0].Port, service.Spec.Ports[0].TargetPort.Value));
        Assert.Equal("data", Assert.Single(Read<V1Deployment>("the-store", "deployment").Spec.Template.Spec.Volumes).Name);
        var values = await File.ReadAllTextAsync(Path.Combine(folder, "values.yaml"), TestContext.Current.CancellationToken);
        Assert.Contains("STORE: \"http://the-store-service:80\"", values, StringComparison.Ordinal);
        Assert.Contains("the_password: \"\"", values, StringComparison.Ordinal);
        Assert.DoesNotContain(Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories), f => File.ReadAllText(f).Contains("planted", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_a_resource_becomes_can_be_changed_replaced_and_added_to()
    {
        var builder = Builder();
        builder.AddKubernetesEnvironment("kubernetes");
        builder.AddContainer("store", "store", "1").WithHttpEndpoint(targetPort: 8086)
            .PublishAsKubernetesService(parts =>
            {
                var template = parts.Workload!.PodTemplate;
                template.Spec.TerminationGracePeriodSeconds = 40;
                template.Spec.Containers[0].ReadinessProbe = new ProbeV1 { HttpGet = new HttpGetActionV1 { Path = "/ping", Port = "http" } };
                parts.Workload = new StatefulSet { Metadata = { Name = "store" }, Spec = { ServiceName = "store", Template = template } };
                parts.Service!.Spec.ClusterIp = "None";
                parts.AdditionalResources.Add(new Budget { Metadata = { Name = "store" } });
            });
        await builder.Build().RunAsync(TestContext.Current.CancellationToken);

        var set = Read<V1StatefulSet>("store", "store-statefulset");
        Assert.Equal(40, set.Spec.Template.Spec.TerminationGracePeriodSeconds);
        Assert.Equal("http", set.Spec.Template.Spec.Containers[0].ReadinessProbe.HttpGet.Port.Value);
        Assert.Equal("None", Read<V1Service>("store", "service").Spec.ClusterIP);
        Assert.Equal("1", Read<V1PodDisruptionBudget>("store", "store-poddisruptionbudget").Spec.MaxUnavailable.Value);
        Assert.False(File.Exists(Path.Combine(folder, "templates", "store", "deployment.yaml")));
    }

    [Fact]
    public async Task A_resource_that_two_environments_could_take_is_refused_by_name()
    {
        var builder = Builder();
        var compose = builder.AddDockerComposeEnvironment("compose");
        builder.AddKubernetesEnvironment("kubernetes");
        builder.AddContainer("chosen", "chosen", "1").WithComputeEnvironment(compose);
        builder.AddContainer("unclear", "unclear", "1");
        var error = await Assert.ThrowsAsync<DistributedApplicationException>(() => builder.Build().RunAsync(TestContext.Current.CancellationToken));
        Assert.Contains("'unclear'", error.Message, StringComparison.Ordinal);
        Assert.Contains("WithComputeEnvironment", error.Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private IDistributedApplicationBuilder Builder() => DistributedApplication.CreateBuilder(new DistributedApplicationOptions
    {
        Args = ["--operation", "publish", "--step", "publish", "--output-path", folder], ProjectDirectory = folder,
    });

    private T Read<T>(string resource, string part)
        where T : class => Assert.IsType<T>(Assert.Single(KubernetesYaml.LoadAllFromString(File.ReadAllText(Path.Combine(folder, "templates", resource, part + ".yaml")), strict: true)));

    /// <summary>A kind that neither host has a class for.</summary>
    private sealed class Budget() : BaseKubernetesResource("policy/v1", "PodDisruptionBudget")
    {
        public Dictionary<string, object> Spec { get; } = new() { ["maxUnavailable"] = 1 };
    }
}
