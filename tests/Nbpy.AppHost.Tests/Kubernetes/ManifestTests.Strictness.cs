using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using k8s;
using k8s.Models;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Nbpy.AppHost.Tests.Kubernetes;

/// <summary>What a cluster's gatekeepers would refuse: texts that are numbers, pods with rights, and doors that nobody needs or that somebody misses.</summary>
public sealed partial class ManifestTests
{
    private const string Component = "app.kubernetes.io/component";

    [Fact]
    public async Task What_is_a_text_in_Kubernetes_is_a_text_to_readers_of_YAML_1_1()
    {
        var folder = await published.PublishAsync("kubernetes", c => c["docker"]!["services"]!["influxdb"]!["image"] = "registry:5000/store:1e3");
        var texts = 0;
        foreach (var file in Directory.EnumerateFiles(folder, "*.yaml").Where(f => Path.GetFileName(f) != "kustomization.yaml"))
        {
            var yaml = new YamlStream();
            using (var reader = new StreamReader(file))
                yaml.Load(reader);
            var objects = KubernetesYaml.LoadAllFromString(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken), strict: true);
            Assert.Equal(objects.Count, yaml.Documents.Count);
            foreach (var (document, o) in yaml.Documents.Zip(objects))
                Check(document.RootNode, JsonNode.Parse(KubernetesJson.Serialize(o))!, file);
        }

        Assert.True(texts > 1000);

        void Check(YamlNode node, JsonNode model, string at)
        {
            if (node is YamlMappingNode mapping)
                Assert.All(mapping.Children, c => Check(c.Value, model[c.Key.ToString()]!, $"{at} {c.Key}"));
            else if (node is YamlSequenceNode sequence)
                Assert.All(sequence.Children.Index(), c => Check(c.Item, model[c.Index]!, $"{at} {c.Index}"));
            else if (model.GetValueKind() == JsonValueKind.String)
                Assert.True(++texts > 0 && (((YamlScalarNode)node).Style != ScalarStyle.Plain || !NoText().IsMatch(node.ToString())), $"{at}: {node}");
        }
    }

    [Theory]
    [InlineData("container", "container")]
    [InlineData("embedded", "viewer")]
    public async Task Every_pod_keeps_to_the_restricted_Pod_Security_Standard(string influx, string grafana)
    {
        var objects = Published.Load(await published.PublishAsync("kubernetes", null, "--influx", influx, "--grafana", grafana, "--source", "live"));
        foreach (var pod in objects.Select(Published.Template).OfType<V1PodTemplateSpec>().Select(t => t.Spec))
        {
            Assert.True(pod is { HostNetwork: null, HostPID: null, HostIPC: null, AutomountServiceAccountToken: false });
            Assert.True(pod.SecurityContext is { RunAsNonRoot: true, RunAsUser: > 0, FsGroup: > 0, SeccompProfile.Type: "RuntimeDefault" });
            Assert.All(pod.Volumes ?? [], v => Assert.True(v.ConfigMap is not null || v.Secret is not null || v.EmptyDir is not null || v.PersistentVolumeClaim is not null, v.Name));
            foreach (var container in pod.Containers.Concat(pod.InitContainers ?? []))
            {
                Assert.True(container.SecurityContext is { AllowPrivilegeEscalation: false, Privileged: null or false, RunAsNonRoot: null or true, RunAsUser: null or > 0 }, container.Name);
                Assert.Equal(["ALL"], container.SecurityContext.Capabilities.Drop);
                Assert.Null(container.SecurityContext.Capabilities.Add);
                Assert.All(container.Ports ?? [], p => Assert.Null(p.HostPort));
                Assert.All((string[])["cpu", "memory"], r => Assert.True(container.Resources.Requests.ContainsKey(r) && container.Resources.Limits.ContainsKey(r), container.Name));
            }
        }
    }

    [Fact]
    public async Task Whoever_waits_for_or_is_told_of_a_workload_is_let_in_there_and_publishers_do_not_reach_the_store()
    {
        var objects = Published.Load(await published.PublishAsync("kubernetes", null, "--grafana", "viewer"));
        var policies = objects.OfType<V1NetworkPolicy>().Where(p => p.Spec.Ingress is not null).ToDictionary(p => p.Spec.PodSelector.MatchLabels["app.kubernetes.io/name"]);
        var ways = 0;
        foreach (var template in objects.Select(Published.Template).OfType<V1PodTemplateSpec>())
        {
            var labels = template.Metadata.Labels;
            var pod = template.Spec;
            var waits = (pod.InitContainers ?? []).SelectMany(c => c.Args).Where(a => a.StartsWith("http://", StringComparison.Ordinal));
            var told = pod.Containers.Single().Env.Select(e => e.Value).OfType<string>().Where(v => v.StartsWith("tcp://", StringComparison.Ordinal));
            var store = labels[Component] is "subscriber" or "job" or "dashboards" ? (string[])["http://influxdb:8086"] : [];
            foreach (var uri in waits.Concat(told).Concat(store).Select(u => new Uri(u)))
            {
                ways++;
                var rule = Assert.Single(policies[uri.Host].Spec.Ingress);
                Assert.True(IsLetIn(rule, labels) && rule.Ports.Any(p => p.Port.Value == $"{uri.Port}"), $"{labels["app.kubernetes.io/name"]} to {uri}");
            }
        }

        Assert.True(ways > 50, $"{ways} ways");
        var ours = objects.Select(Published.Template).OfType<V1PodTemplateSpec>().Select(t => t.Metadata.Labels);
        Assert.All(ours.Where(l => l[Component] is "publisher" or "filter"), l => Assert.False(IsLetIn(Assert.Single(policies["influxdb"].Spec.Ingress), l)));
    }

    private static bool IsLetIn(V1NetworkPolicyIngressRule rule, IDictionary<string, string> labels) => rule.FromProperty is null
        || rule.FromProperty.Any(f => Has(labels, f.PodSelector.MatchLabels) && (f.PodSelector.MatchExpressions ?? []).All(e => e.OperatorProperty == "In" && e.Values.Contains(labels[e.Key])));

    // Numbers, truths and nothing of YAML 1.1 (yaml.org/type) as go-yaml resolves them.
    [GeneratedRegex(@"^([-+]?(0b[01_]+|0o?[0-7_]+|[0-9][0-9_]*|0x[0-9a-fA-F_]+|[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?|(\.[0-9]+|[0-9][0-9_]*(\.[0-9_]*)?)([eE][-+]?[0-9]+)?|\.inf)|\.nan|~||y|n|yes|no|on|off|true|false|null)$", RegexOptions.IgnoreCase)]
    private static partial Regex NoText();
}
