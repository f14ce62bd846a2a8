using System.Text.RegularExpressions;
using k8s.Models;
using YamlDotNet.RepresentationModel;

namespace Nbpy.AppHost.Tests.Kubernetes;

/// <summary>What <c>publish --target kubernetes</c> writes, held against Kubernetes' own object model, the Compose file of the same topology,
/// and itself: everything that is referred to is there.</summary>
public sealed partial class ManifestTests : IDisposable
{
    private readonly Published published = new();

    [Fact]
    public async Task Everything_that_a_manifest_refers_to_is_there()
    {
        var folder = await published.PublishAsync("kubernetes");
        var objects = Published.Load(folder);
        var secrets = (await File.ReadAllLinesAsync(Path.Combine(folder, "secrets.env"), TestContext.Current.CancellationToken)).Select(l => l.TrimStart('#').Split('=')[0]).ToHashSet();
        var maps = objects.OfType<V1ConfigMap>().ToDictionary(m => m.Metadata.Name);
        Assert.Equal(objects.Count, objects.Select(o => (o.Kind, o.Metadata.Name)).Distinct().Count());
        Assert.All(objects, o => Assert.Matches("^[a-z]([-a-z0-9]*[a-z0-9])?$", o.Metadata.Name));

        var templates = objects.Select(Published.Template).OfType<V1PodTemplateSpec>().ToList();
        Assert.Equal(20, templates.Count);
        foreach (var template in templates)
        {
            var pod = template.Spec;
            var claims = objects.OfType<V1StatefulSet>().Where(s => s.Spec.Template == template).SelectMany(s => s.Spec.VolumeClaimTemplates).Select(c => c.Metadata.Name);
            var volumes = (pod.Volumes ?? []).Select(v => v.Name).Concat(claims).ToHashSet();
            foreach (var container in pod.Containers.Concat(pod.InitContainers ?? []))
            {
                Assert.All(container.VolumeMounts ?? [], m => Assert.Contains(m.Name, volumes));
                Assert.All(container.Env.Where(e => e.ValueFrom is not null), e => Assert.Contains(e.ValueFrom.SecretKeyRef.Key, secrets));
                Assert.All(
                    ((V1Probe?[])[container.StartupProbe, container.LivenessProbe, container.ReadinessProbe]).OfType<V1Probe>(),
                    p => Assert.Contains(p.HttpGet.Port.Value, container.Ports.Select(c => c.Name)));
            }

            Assert.All((pod.Volumes ?? []).Where(v => v.ConfigMap is not null), v => Assert.Contains(v.ConfigMap.Name, maps.Keys));
            Assert.All((pod.Volumes ?? []).Where(v => v.PersistentVolumeClaim is not null), v => Assert.Contains(objects.OfType<V1PersistentVolumeClaim>(), c => c.Metadata.Name == v.PersistentVolumeClaim.ClaimName));
        }

        foreach (var service in objects.OfType<V1Service>())
        {
            var behind = Assert.Single(templates, t => Has(t.Metadata.Labels, service.Spec.Selector));
            Assert.All(service.Spec.Ports, p => Assert.Contains(behind.Spec.Containers.Single().Ports, c => c.Name == p.TargetPort.Value && c.ContainerPort == p.Port));
        }

        foreach (var set in objects.OfType<V1StatefulSet>())
        {
            Assert.Contains(objects.OfType<V1Service>(), s => s.Metadata.Name == set.Spec.ServiceName);
            Assert.All(set.Spec.Selector.MatchLabels, l => Assert.Equal(l.Value, set.Spec.Template.Metadata.Labels[l.Key]));
            Assert.Contains(objects.OfType<V1PodDisruptionBudget>(), b => Has(set.Spec.Template.Metadata.Labels, b.Spec.Selector.MatchLabels));
        }

        // The kustomization names every file, and every image that is used.
        var kustomization = await File.ReadAllTextAsync(Path.Combine(folder, "kustomization.yaml"), TestContext.Current.CancellationToken);
        Assert.All(Directory.EnumerateFiles(folder, "*.yaml").Select(f => Path.GetFileName(f)).Where(f => f != "kustomization.yaml"), f => Assert.Contains($"  - {f}\n", kustomization, StringComparison.Ordinal));
        Assert.All(
            templates.SelectMany(t => t.Spec.Containers.Concat(t.Spec.InitContainers ?? [])).Select(c => c.Image.Split(':')[0]).Distinct(),
            i => Assert.Contains($"  - name: {i}\n", kustomization, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Waits_variables_and_commands_are_those_of_the_Compose_file()
    {
        var objects = Published.Load(await published.PublishAsync("kubernetes"));
        var compose = Published.Services(await published.PublishAsync("compose"));
        Assert.Equal(compose.Keys.Order(), objects.Where(o => Published.Template(o) is not null).Select(NameOf).Order());
        foreach (var o in objects.Where(o => Published.Template(o) is not null))
        {
            var pod = Published.Template(o)!.Spec;
            var container = pod.Containers.Single();
            var service = compose[NameOf(o)];
            var wanted = Map(service, "environment").ToDictionary(e => e.Key, e => Resolved(e.Value.ToString()));
            Assert.Equal(wanted.OrderBy(e => e.Key, StringComparer.Ordinal), container.Env.Select(e => KeyValuePair.Create(e.Name, e.Value ?? $"<{e.ValueFrom.SecretKeyRef.Key}>")).OrderBy(e => e.Key, StringComparer.Ordinal));
            Assert.Equal(List(service, "command"), container.Args ?? []);

            var waits = (pod.InitContainers ?? []).SingleOrDefault()?.Args.Skip(1).TakeWhile(a => a != "--timeout").ToHashSet() ?? [];
            Assert.Equal(Map(service, "depends_on").Select(d => Condition(d.Key)).ToHashSet(), waits);
        }

        static string Resolved(string value) => Placeholder().Replace(value, m => $"<{m.Groups[1].Value}>").Replace("$$", "$", StringComparison.Ordinal);
        static string Condition(string name) => name switch
        {
            "influxdb-setup" => "store",
            "grafana-setup" => "dashboards",
            "influxdb" => "http://influxdb:8086/ping",
            "grafana" => "http://grafana:3000/api/health",
            _ => $"http://{name}:8079/health",
        };
    }

    [Fact]
    public async Task No_password_is_in_a_manifest_and_a_second_publish_keeps_them()
    {
        var folder = await published.PublishAsync("kubernetes", c => c["influxdb"]!["password"] = "planted-in-the-configuration");
        var path = Path.Combine(folder, "secrets.env");
        var secrets = await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);
        var passwords = secrets.Split('\n').Where(l => l.Length > 0 && l[0] != '#').Select(l => l[(l.IndexOf('=', StringComparison.Ordinal) + 1)..]).ToList();
        Assert.Equal(4, passwords.Count);
        Assert.All(passwords, p => Assert.Equal(32, p.Length));
        var everything = string.Concat(Directory.EnumerateFiles(folder, "*.yaml").Select(File.ReadAllText));
        Assert.All(passwords.Append("planted-in-the-configuration"), p => Assert.DoesNotContain(p, everything, StringComparison.Ordinal));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));

        await published.PublishAsync("kubernetes");
        Assert.Equal(secrets, await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Every_program_of_ours_is_confined_and_only_the_dashboards_are_open()
    {
        var objects = Published.Load(await published.PublishAsync("kubernetes", null, "--grafana", "viewer", "--influx", "embedded", "--source", "live"));
        foreach (var pod in objects.Select(Published.Template).OfType<V1PodTemplateSpec>().Select(t => t.Spec))
        {
            Assert.False(pod.AutomountServiceAccountToken);
            Assert.True(pod.SecurityContext.RunAsNonRoot);
            foreach (var container in pod.Containers.Concat(pod.InitContainers ?? []))
            {
                Assert.True(container.SecurityContext.ReadOnlyRootFilesystem);
                Assert.False(container.SecurityContext.AllowPrivilegeEscalation);
                Assert.Equal(["ALL"], container.SecurityContext.Capabilities.Drop);
                Assert.Contains("memory", container.Resources.Limits.Keys);
            }
        }

        var policies = objects.OfType<V1NetworkPolicy>().ToList();
        var deny = Assert.Single(policies, p => p.Spec.PolicyTypes.Count == 2);
        Assert.Null(deny.Spec.Ingress);
        Assert.Null(deny.Spec.Egress);
        var open = Assert.Single(policies, p => p.Spec.Ingress?.Any(i => i.FromProperty is null) == true);
        Assert.Equal("grafana", open.Spec.PodSelector.MatchLabels["app.kubernetes.io/name"]);
        var outside = policies.Where(p => p.Spec.Egress?.Any(e => e.To.Any(t => t.IpBlock is not null)) == true).Select(p => p.Spec.PodSelector.MatchLabels["app.kubernetes.io/name"]).Order().ToList();
        Assert.Equal(["betfair-stream", "kraken-depth", "kraken-orders", "kraken-tick", "oanda-orders", "oanda-tick", "twitter-sentiment"], outside);
        Assert.All(policies.Where(p => p.Metadata.Name.EndsWith("-to-venue", StringComparison.Ordinal)).SelectMany(p => p.Spec.Egress ?? []).SelectMany(e => e.Ports), p => Assert.Equal("443", p.Port.Value));
    }

    [Fact]
    public async Task The_sockets_secret_key_is_given_to_publishers_alone()
    {
        var keys = Path.Combine(published.Folder, "made");
        await Shell.MustAsync(published.Folder, TimeSpan.FromSeconds(30), Published.Program("Nbpy.Cli", "nbpy"), "keys", "create", "--out", keys);
        var folder = await published.PublishAsync("kubernetes", c => c["system"]!["curve_keys"] = keys);
        var templates = Published.Load(folder).Where(o => Published.Template(o) is not null).ToDictionary(NameOf, o => Published.Template(o)!);
        foreach (var (name, secret) in ((string, string)[])[("kraken-tick", "nbpy-keys-of-publishers"), ("data-filter", "nbpy-keys-of-publishers"), ("kraken-influxdb-tick", "nbpy-keys-of-subscribers"), ("validation", "nbpy-keys-of-subscribers")])
        {
            Assert.Equal(secret, Assert.Single(templates[name].Spec.Volumes, v => v.Secret is not null).Secret.SecretName);
            var variables = templates[name].Spec.Containers.Single().Env;
            Assert.Contains(variables, e => e is { Name: "NBPY_CURVE_KEYS", Value: "/etc/nbpy/keys" });
            Assert.DoesNotContain(variables, e => e.Name == "NBPY_TRUSTED_NETWORK");
        }

        Assert.All(["influxdb", "influxdb-setup", "grafana"], name => Assert.DoesNotContain(templates[name].Spec.Volumes ?? [], v => v.Secret is not null));
        Assert.Equal(["publishers.public"], Directory.EnumerateFiles(Path.Combine(folder, "secrets", "keys-of-subscribers")).Select(f => Path.GetFileName(f)));
        var secretKey = (await File.ReadAllTextAsync(Path.Combine(keys, "publishers.secret"), TestContext.Current.CancellationToken)).Trim();
        Assert.All(Directory.EnumerateFiles(folder, "*.yaml"), f => Assert.DoesNotContain(secretKey, File.ReadAllText(f), StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_sharded_topic_is_a_pair_of_workloads_for_each_shard_and_each_pair_keeps_to_itself()
    {
        var folder = await published.PublishAsync("kubernetes", c =>
        {
            c["publishers"]![7]!["shards"] = System.Text.Json.Nodes.JsonNode.Parse("[{}, {}]");
            c["publishers"]![0]!["shards"] = System.Text.Json.Nodes.JsonNode.Parse("""[{ "instruments": ["BTC/USD"] }, { "port": 5581, "instruments": ["ETH/USD"] }]""");
        });
        var templates = Published.Load(folder).Where(o => Published.Template(o) is not null).ToDictionary(NameOf, o => Published.Template(o)!.Spec);
        Assert.DoesNotContain("kraken-tick", templates.Keys);
        foreach (var (index, port) in ((int, int)[])[(1, 5558), (2, 5581)])
        {
            var publisher = templates[$"kraken-tick-{index}"];
            Assert.Equal($"kraken_tick_{index}", publisher.Containers.Single().Args[0]);
            Assert.Contains(publisher.Containers.Single().Ports, p => p.ContainerPort == port);
            Assert.Equal(["wait", $"http://data-filter-{index}:8079/health", $"http://kraken-influxdb-tick-{index}:8079/health"], publisher.InitContainers.Single().Args.Take(3));
            var subscriber = templates[$"kraken-influxdb-tick-{index}"].Containers.Single();
            Assert.Equal([$"services__kraken-tick-{index}__zmq__0=tcp://kraken-tick-{index}:{port}"], subscriber.Env.Where(e => e.Name.StartsWith("services__", StringComparison.Ordinal)).Select(e => $"{e.Name}={e.Value}"));
        }
    }

    [Fact]
    public async Task A_job_that_would_be_another_one_has_another_name_for_its_template_cannot_be_changed()
    {
        var first = JobNames(await published.PublishAsync("kubernetes"));
        Assert.Equal(3, first.Count);
        Assert.All(first, name => Assert.Matches("^(influxdb-setup|grafana-setup|validation)-[0-9a-f]{8}$", name));
        Assert.Equal(first, JobNames(await published.PublishAsync("kubernetes")));
        Assert.Empty(first.Intersect(JobNames(await published.PublishAsync("kubernetes", c => c["validation"]!["message_timeout"] = 11))));

        static List<string> JobNames(string folder) => [.. Published.Load(folder).OfType<V1Job>().Select(j => j.Metadata.Name).Order()];
    }

    [Theory]
    [InlineData("influx.example.com", new[] { "0.0.0.0/0", "::/0" }, true)]
    [InlineData("10.1.2.3", new[] { "10.1.2.3/32" }, false)]
    public async Task An_external_store_is_named_to_the_pods_and_those_that_ask_it_may_reach_it(string host, string[] blocks, bool isAnyNamespace)
    {
        var folder = await published.PublishAsync("kubernetes", c =>
        {
            c["influxdb"]!["host"] = host;
            c["influxdb"]!["port"] = 9999;
        }, "--influx", "external", "--grafana", "viewer");
        var objects = Published.Load(folder);
        var policy = Assert.Single(objects.OfType<V1NetworkPolicy>(), p => p.Metadata.Name == "nbpy-to-external-store");
        var rule = Assert.Single(policy.Spec.Egress);
        Assert.Equal("9999", Assert.Single(rule.Ports).Port.Value);
        Assert.Equal(blocks, rule.To.Where(t => t.IpBlock is not null).Select(t => t.IpBlock.Cidr));
        Assert.Equal(isAnyNamespace, rule.To.Any(t => t.NamespaceSelector is not null));
        var components = Assert.Single(policy.Spec.PodSelector.MatchExpressions).Values;
        foreach (var o in objects.Where(o => Published.Template(o) is not null && components.Contains(Published.Template(o)!.Metadata.Labels["app.kubernetes.io/component"])))
        {
            var pod = Published.Template(o)!.Spec;
            foreach (var container in pod.Containers.Concat(pod.InitContainers ?? []))
                Assert.Contains(container.Env, e => e.Name == "INFLUXDB_HOST" && e.Value == host);
        }

        // Its administrator's password cannot be made up.
        Assert.Contains("INFLUXDB_ADMIN_PASSWORD=", await File.ReadAllLinesAsync(Path.Combine(folder, "secrets.env"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Kubectl_builds_the_kustomization()
    {
        Assert.SkipWhen(Shell.Find("kubectl") is null, "kubectl is not installed (Debian: kubernetes-client).");
        var folder = await published.PublishAsync("kubernetes");
        var built = await Shell.MustAsync(folder, TimeSpan.FromMinutes(1), "kubectl", "kustomize", ".");
        Assert.Contains("kind: Secret", built, StringComparison.Ordinal);
        Assert.Contains("value: \"0x100000\"", built, StringComparison.Ordinal);
        Assert.Equal(Published.Load(folder).Count + 1, Regex.Count(built, "^kind: ", RegexOptions.Multiline));
    }

    public void Dispose() => published.Dispose();

    private static bool Has(IDictionary<string, string> labels, IDictionary<string, string> selector) =>
        selector.All(s => labels.TryGetValue(s.Key, out var value) && value == s.Value);

    private static IEnumerable<KeyValuePair<string, YamlNode>> Map(YamlMappingNode node, string key) =>
        node.Children.TryGetValue(key, out var value) ? ((YamlMappingNode)value).Children.Select(c => KeyValuePair.Create(c.Key.ToString(), c.Value)) : [];

    private static IEnumerable<string> List(YamlMappingNode node, string key) =>
        node.Children.TryGetValue(key, out var value) ? ((YamlSequenceNode)value).Children.Select(c => c.ToString()) : [];

    private static string NameOf(k8s.IKubernetesObject<V1ObjectMeta> o) => o.Metadata.Labels["app.kubernetes.io/name"];

    [GeneratedRegex(@"\$\{([A-Za-z_][A-Za-z0-9_]*)[^}]*\}")]
    private static partial Regex Placeholder();
}
